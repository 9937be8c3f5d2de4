using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Tests.Training;

/// <summary>Small pictures that can be told apart: class c has bars of direction c (across, down, diagonal), in random colours.</summary>
internal sealed class StripedPictures(int perClass, int seed, int classes = 3, int side = 12) : IPictureSource
{
    public static Preprocessing Preprocessing { get; } =
        new() { Height = 12, Width = 12, Mean = PerColour.All(0.5f), Std = PerColour.All(0.25f) };

    public int Count => perClass * classes;

    public IReadOnlyList<string> Classes { get; } = [.. new[] { "across", "down", "diagonal", "other" }.Take(classes)];

    public Picture Get(int index)
    {
        var random = new Random(seed * 100_003 + index);
        var (dark, phase) = (random.Next(0, 60), random.Next(4));
        var light = new[] { random.Next(150, 256), random.Next(150, 256), random.Next(150, 256) };
        var rgb = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                var along = Label(index) switch { 0 => y, 1 => x, 2 => x + y, _ => 0 };
                for (var c = 0; c < 3; c++)
                    rgb[(y * side + x) * 3 + c] = (byte)((along + phase) / 2 % 2 == 0 ? light[c] : dark);
            }
        return new(side, side, (ReadOnlySpan<byte>)rgb);
    }

    public int Label(int index) => index % classes;

    public string Name(int index) => $"striped {index}";

    public PreparedPictures Prepared() => new(this, Preprocessing);
}
