using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>Every cell of a padded plane lies where the layout says, whichever way its row was split.</summary>
[TestFixture]
public sealed unsafe class PlaneLayoutTests
{
    // Rows and columns of a phase: too few for vectors, of four, of eight, and rows too long to be split by vectors at all.
    [Test]
    public void Every_cell_is_the_planes_or_zero(
        [Values(1, 2, 3, 4)] int split, [Values(1, 3, 4, 6, 7, 8, 13, 29, 700)] int columns, [Values(1, 5)] int rows, [Values(-2, 0, 1, 3)] int low)
    {
        foreach (var (height, width) in new[] { (1, 1), (rows * split - 1, columns * split - 3), (rows * split + 3, columns * split + 5) })
        {
            if (height < 1 || width < 1)
                continue;
            var layout = new PlaneLayout(height, width, split, split, low, low, rows, columns);
            var plane = Array.ConvertAll(Values.Random(7, (long)height * width), value => (float)value);
            using var copy = new Scratch(layout.Floats + 16);
            new Span<float>(copy.Floats, (int)layout.Floats + 16).Fill(float.NaN);
            fixed (float* source = plane)
                layout.Copy(source, copy.Floats);
            for (var row = 0; row < rows * split; row++)
            for (var column = 0; column < columns * split; column++)
            {
                int y = row - low, x = column - low;
                var expected = y >= 0 && y < height && x >= 0 && x < width ? plane[y * width + x] : 0;
                if (copy.Floats[layout.Offset(row, column)] != expected)
                    Assert.Fail($"{height}x{width}, cell ({row}, {column}) is {copy.Floats[layout.Offset(row, column)]}; expected {expected}.");
            }
            for (var i = 0; i < 16; i++)
                Assert.That(copy.Floats[layout.Floats + i], Is.NaN, "nothing is written behind the copy");
        }
    }
}
