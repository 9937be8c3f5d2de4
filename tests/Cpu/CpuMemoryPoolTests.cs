using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

[TestFixture]
public sealed unsafe class CpuMemoryPoolTests
{
    [Test]
    public void Blocks_are_aligned_and_have_slack([Values(0, 1, 63, 64, 65, 4097, 1_000_003, 9_000_001)] long bytes)
    {
        using var pool = new CpuMemoryPool();
        var block = (byte*)pool.Rent(bytes);
        Assert.That((long)block % 64, Is.Zero);
        new Span<byte>(block, (int)bytes + CpuMemoryPool.Slack).Fill(7);
        pool.Return(block, bytes);
    }

    [Test]
    public void A_returned_block_is_handed_out_again()
    {
        using var pool = new CpuMemoryPool();
        var first = (nint)pool.Rent(10_000);
        pool.Return((void*)first, 10_000);
        Assert.That((nint)pool.Rent(10_001), Is.EqualTo(first));
        pool.Return((void*)first, 10_001);
    }

    [Test]
    public void Statistics_follow_and_trim_empties_the_cache()
    {
        using var pool = new CpuMemoryPool();
        var a = pool.Rent(1000);
        var b = pool.Rent(2000);
        Assert.That(pool.Statistics.InUse, Is.GreaterThanOrEqualTo(3000));
        Assert.That(pool.Statistics.Cached, Is.Zero);
        pool.Return(a, 1000);
        pool.Return(b, 2000);
        Assert.That(pool.Statistics.InUse, Is.Zero);
        Assert.That(pool.Statistics.Cached, Is.GreaterThanOrEqualTo(3000));
        Assert.That(pool.Statistics.PeakInUse, Is.GreaterThanOrEqualTo(3000));
        pool.Trim();
        Assert.That(pool.Statistics.Cached, Is.Zero);
    }

    [Test]
    public void The_cache_stays_under_its_limit()
    {
        using var pool = new CpuMemoryPool(cacheLimit: 10_000);
        var blocks = new nint[20];
        for (var i = 0; i < blocks.Length; i++)
            blocks[i] = (nint)pool.Rent(1000);
        foreach (var block in blocks)
        {
            pool.Return((void*)block, 1000);
            Assert.That(pool.Statistics.Cached, Is.LessThanOrEqualTo(10_000));
        }
        var large = pool.Rent(1_000_000);
        pool.Return(large, 1_000_000);
        Assert.That(pool.Statistics.Cached, Is.LessThanOrEqualTo(10_000));
    }

    [Test]
    public void Size_classes_waste_at_most_an_eighth_and_the_slack()
    {
        for (long bytes = 1; bytes < 1L << 40; bytes = bytes * 5 / 4 + 1)
        {
            var size = CpuMemoryPool.SizeClass(bytes);
            Assert.That(size, Is.GreaterThanOrEqualTo(bytes + CpuMemoryPool.Slack));
            Assert.That(size, Is.LessThanOrEqualTo((bytes + CpuMemoryPool.Slack) / 8 * 9 + 256));
        }
    }

    [Test]
    public void An_impossible_size_is_one_clear_sentence()
    {
        using var pool = new CpuMemoryPool();
        var error = Assert.Throws<InsufficientMemoryException>(() => pool.Rent(1L << 60));
        Assert.That(error!.Message, Does.Contain((1L << 60).ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }
}
