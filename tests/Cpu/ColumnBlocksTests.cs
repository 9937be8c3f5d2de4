using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>The blocks cover every panel once, in order, none too large, and shrink towards the end.</summary>
public sealed class ColumnBlocksTests
{
    [Test]
    public void Blocks_cover_all_panels_and_never_grow(
        [Values(1, 2, 3, 7, 46, 190, 771, 100_003)] int panels, [Values(1, 2, 5, 6, 20)] int atOnce, [Values(1, 2, 3, 16)] int threads,
        [Values(2, 4)] int smallest)
    {
        var blocks = new ColumnBlocks(panels, atOnce, threads, smallest);
        Assert.That(blocks.Largest, Is.InRange((nint)1, (nint)atOnce));
        nint covered = 0, before = blocks.Largest;
        for (nint block = 0; block < blocks.Count; block++)
        {
            var (first, end) = blocks.Panels(block);
            Assert.That(first, Is.EqualTo(covered));
            Assert.That(end - first, Is.InRange((nint)1, before));
            (covered, before) = (end, end - first);
        }
        Assert.That(covered, Is.EqualTo((nint)panels));
    }
}
