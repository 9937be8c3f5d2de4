using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Tests.Data;

sealed class CutoutTests
{
    private const int Height = 11, Width = 14, Most = 6;

    [Test]
    public void A_square_of_at_most_that_side_is_blanked_and_nothing_else()
    {
        Picture picture = Picture.Filled(Height, Width, new(200, 100, 0));
        var cutout = new Augmentation { Cutout = Most, Fill = Rgb.Grey };
        var sides = new HashSet<int>();
        var covered = new int[Height * Width];
        for (int epoch = 0; epoch < 3000; epoch++)
        {
            Picture seen = cutout.Apply(picture, 3, epoch, 1);
            int[] blank = [.. Enumerable.Range(0, Height * Width).Where(i => seen[i / Width, i % Width] == Rgb.Grey)];
            foreach (int i in blank) covered[i]++;
            if (blank.Length == 0) continue;
            int top = blank.Min(i => i / Width), left = blank.Min(i => i % Width);
            int rows = blank.Max(i => i / Width) - top + 1, columns = blank.Max(i => i % Width) - left + 1;
            Assert.That(blank, Has.Length.EqualTo(rows * columns), "a rectangle");
            Assert.That(Math.Max(rows, columns), Is.AtMost(Most));
            if (top > 0 && left > 0 && top + rows < Height && left + columns < Width)
            {
                Assert.That(rows, Is.EqualTo(columns), "inside it is a square");
                sides.Add(rows);
            }
        }
        Assert.That(sides, Is.EquivalentTo(Enumerable.Range(1, Most)), "every side is drawn");
        Assert.That(covered, Has.All.Positive, "every pixel is covered at times");
    }
}
