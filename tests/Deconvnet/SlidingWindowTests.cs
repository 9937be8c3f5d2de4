using NUnit.Framework;

namespace ZfNet.Tests.Seeing;

/// <summary>The outputs that inputs reach, against every window or tile looked at by itself.</summary>
[TestFixture]
public sealed class SlidingWindowTests
{
    [Test]
    public void Inputs_reach_the_outputs_whose_windows_have_them(
        [Values(1, 2, 3, 5)] int kernel, [Values(1, 2, 3)] int stride, [Values(0, 1, 3)] int padding, [Values(1, 2)] int dilation) =>
        Check(new WindowAxis(kernel, stride, padding, dilation), tile: 1);

    /// <summary>A tile's first input is its first output's alone, its last one its last output's, and all others are every output's.</summary>
    [Test]
    public void In_tiles_they_reach_all_outputs_that_round_together([Values(3, 5)] int kernel, [Values(0, 1, 2)] int padding, [Values(2, 4)] int tile) =>
        Check(new WindowAxis(kernel, 1, padding, 1), tile);

    private static void Check(WindowAxis axis, int tile)
    {
        const int Size = 14;
        var count = (Size + 2 * axis.Padding - axis.Extent) / axis.Stride + 1;
        for (var first = 0; first < Size; first++)
        for (var last = first; last < Size; last++)
        {
            var reached = Enumerable.Range(0, count).Where(output => Enumerable.Range(first, last - first + 1).Any(input => Reaches(input, output))).ToArray();
            var range = axis.Above(new CellRange(first, last), count, tile);
            if (reached.Length == 0)
                Assert.That(range.Count, Is.Zero, $"inputs {first} to {last}");
            else
                Assert.That((range.First, range.Last), Is.EqualTo((reached[0], reached[^1])), $"inputs {first} to {last}");
        }

        bool Reaches(int input, int output)
        {
            // From a tile's first input to its last; a dilated window's gaps count as well.
            int place = input - (output / tile * tile * axis.Stride - axis.Padding), end = axis.Stride * (tile - 1) + axis.Extent - 1;
            if (tile == 1)
                return place >= 0 && place <= end;
            return place == 0 ? output % tile == 0 : place == end ? output % tile == tile - 1 : place > 0 && place < end;
        }
    }
}
