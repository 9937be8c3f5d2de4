using NUnit.Framework;
using ZfNet.Pictures;
using ZfNet.Tests.Training;

namespace ZfNet.Tests.Cli;

/// <summary>A folder with a data set, a network that has not learned anything, and a place for results.</summary>
internal abstract class CliFixture
{
    protected string Root { get; private set; } = "";

    protected string Data => At("data");

    protected string HeldOut => At("held-out");

    protected string Weights => At("weights.safetensors");

    protected string Picture => At("data", "down", "1.png");

    [OneTimeSetUp]
    public void Make()
    {
        Root = Directory.CreateTempSubdirectory("zfnet-cli-").FullName;
        Write(Data, new StripedPictures(6, 1, side: 64));
        Write(HeldOut, new StripedPictures(3, 2, side: 64));
        using var network = Network.Create(Networks.Compact.WithClasses(3), seed: 4);
        using var model = new Model(network, new Preprocessing { Height = 64, Width = 64, Mean = PerColour.All(0.5f) }, ["across", "diagonal", "down"]);
        ModelFile.Save(Weights, model);
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(Root, recursive: true);

    protected string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A file of the given bytes, by name.</summary>
    protected string File(string name, params byte[] bytes)
    {
        System.IO.File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    protected string Folder(string name)
    {
        Directory.CreateDirectory(At(name));
        return At(name);
    }

    /// <summary>Names left behind by a write that did not finish.</summary>
    protected string[] Leftovers() => [.. Directory.EnumerateFiles(Root, "*.tmp", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })];

    internal static void Write(string folder, StripedPictures pictures)
    {
        for (var i = 0; i < pictures.Count; i++)
        {
            var path = Path.Combine(folder, pictures.Classes[pictures.Label(i)], $"{i}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            pictures.Get(i).SavePng(path);
        }
    }
}
