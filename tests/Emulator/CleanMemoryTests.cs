using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using static ZfNet.Tests.Emulator.CorpusData;

namespace ZfNet.Tests.Emulator;

/// <summary>The corpus's other memory spaces, narrow types and atomics against plain C#.</summary>
[TestFixture]
public sealed class CleanMemoryTests
{
    [Test]
    public void Arrays_of_a_thread([Values(1, 33, 500)] int n)
    {
        var x = Bytes(n, n);
        using var run = new CorpusRun("memory");
        var y = run.Empty<int>(n);
        run.Launch("local_array", Blocks(n, 64), 64, run.Upload(x), y, n);
        Assert.That(run.Download<int>(y, n), Is.EqualTo(Enumerable.Range(0, n).Select(i =>
        {
            var counts = new int[16];
            for (var j = 0; j < 24; j++)
                counts[x[(i + j) % n] % 16]++;
            return Array.IndexOf(counts, counts.Max()) * 100 + counts.Max();
        })));
        run.AssertClean();
    }

    [Test]
    public void Constants_and_initialised_variables([Values(1, 33, 443)] int n)
    {
        var x = Floats(n, n);
        float[] smoothing = [0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f];
        int[] offsets = [-4, -2, -1, 0, 1, 2, 4, 300], seen = [7, 11, 13, 17];
        using var run = new CorpusRun("memory");
        DevicePointer y = run.Empty<float>(n), z = run.Empty<int>(n);
        run.Launch("smooth", Blocks(n, 96), 96, run.Upload(x), y, n);
        run.Launch("tables", Blocks(n, 96), 96, z, n);
        Assert.That(run.Download<float>(y, n), Is.EqualTo(Enumerable.Range(0, n).Select(i =>
        {
            var sum = 0f;
            for (var j = 0; j < 5; j++)
                sum = MathF.FusedMultiplyAdd(smoothing[j], x[Math.Min(Math.Max(i + j - 2, 0), n - 1)], sum);
            return sum;
        })));
        Assert.That(
            run.Download<int>(z, n), Is.EqualTo(Enumerable.Range(0, n).Select(i => offsets[i % 8] * seen[i % 4])));
        run.AssertClean();
    }

    [Test]
    public void Dynamic_shared_memory([Values(1, 33, 250)] int threads, [Values(1, 3)] int blocks)
    {
        var x = Ints(threads, threads * blocks, -1000, 1000);
        using var run = new CorpusRun("memory");
        DevicePointer y = run.Empty<int>(x.Length), z = run.Empty<double>(x.Length);
        run.Launch(
            "reverse_dynamic", new LaunchShape(new Extent(blocks), new Extent(threads), 12 * threads), run.Upload(x), y,
            z);
        var reversed = x.Chunk(threads).SelectMany(block => block.Reverse()).ToArray();
        Assert.That(run.Download<int>(y, x.Length), Is.EqualTo(reversed));
        Assert.That(run.Download<double>(z, x.Length), Is.EqualTo(reversed.Select(value => value * 0.5)));
        run.AssertClean();
    }

    [Test]
    public void Bytes_and_halfwords([Values(1, 257)] int n)
    {
        var random = new Random(n);
        sbyte[] a = [.. Enumerable.Range(0, n).Select(_ => (sbyte)random.Next(-128, 128))];
        var b = Bytes(n, n);
        short[] c = [.. Enumerable.Range(0, n).Select(_ => (short)random.Next(short.MinValue, short.MaxValue))];
        ushort[] d = [.. Enumerable.Range(0, n).Select(_ => (ushort)random.Next(ushort.MaxValue))];
        using var run = new CorpusRun("memory");
        DevicePointer p = run.Empty<sbyte>(n), q = run.Empty<ushort>(n);
        run.Launch("narrow", Blocks(n, 64), 64, run.Upload(a), run.Upload(b), run.Upload(c), run.Upload(d), p, q, n);
        Assert.That(run.Download<sbyte>(p, n), Is.EqualTo(a.Zip(b, (u, v) => unchecked((sbyte)(u * 3 + v)))));
        Assert.That(run.Download<ushort>(q, n), Is.EqualTo(c.Zip(d, (u, v) => unchecked((ushort)(u - v / 3)))));
        run.AssertClean();
    }

    [Test]
    public void Vectors_of_bytes_and_halfwords([Values(1, 100)] int n)
    {
        var x = Bytes(n, 4 * n);
        using var run = new CorpusRun("memory");
        DevicePointer y = run.Empty<float>(4 * n), z = run.Empty<short>(2 * n);
        run.Launch("pixels", Blocks(n, 32), 32, run.Upload(x), y, z, n);
        Assert.That(run.Download<float>(y, 4 * n), Is.EqualTo(x.Select(value => value / 255f)));
        Assert.That(run.Download<short>(z, 2 * n), Is.EqualTo(x.Chunk(2).Select(pair => (short)(pair[0] - pair[1]))));
        run.AssertClean();
    }

    [Test]
    public void Atomics_of_32_bits([Values(1, 100, 443)] int n, [Values(1, 3)] int blocks)
    {
        var x = Ints(n, n, int.MinValue, int.MaxValue);
        int[] start = [5, 6, int.MaxValue, int.MinValue, -1, 0, 0x55, -1, 0, 3, 3];
        using var run = new CorpusRun("atomics");
        var y = run.Upload(start);
        run.Launch("atomics32", blocks, 64, run.Upload(x), y, n);
        var expected = (int[])start.Clone();
        foreach (var value in x)
        {
            expected[0] = unchecked(expected[0] + value);
            expected[1] = unchecked(expected[1] - value);
            expected[2] = Math.Min(expected[2], value);
            expected[3] = Math.Max(expected[3], value);
            expected[4] &= value | 0x100;
            expected[5] |= value & 0xff0f;
            expected[6] ^= value;
            expected[7] = (int)Math.Min((uint)expected[7], (uint)value);
            expected[8] = (int)Math.Max((uint)expected[8], (uint)value);
            expected[9] = expected[9] >= 12 ? 0 : expected[9] + 1;
            expected[10] = expected[10] is 0 or > 12 ? 12 : expected[10] - 1;
        }
        Assert.That(run.Download<int>(y, start.Length), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Atomics_of_64_bits([Values(1, 100, 443)] int n)
    {
        var random = new Random(n);
        var x = Enumerable.Range(0, n).Select(_ => random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        long[] start = [5, long.MaxValue, long.MinValue, -1, 0, -1, 0, 0x55];
        using var run = new CorpusRun("atomics");
        var y = run.Upload(start);
        run.Launch("atomics64", 2, 64, run.Upload(x), y, n);
        Assert.That(run.Download<long>(y, 8), Is.EqualTo((long[])
        [
            x.Aggregate(5L, (p, q) => unchecked(p + q)), x.Min(), x.Max(), (long)x.Min(value => (ulong)value),
            (long)x.Max(value => (ulong)value),
            x.Aggregate(-1L, (p, q) => p & (q | 0x1000)), x.Aggregate(0L, (p, q) => p | (q & 0xfff0)),
            x.Aggregate(0x55L, (p, q) => p ^ q),
        ]));
        run.AssertClean();
    }

    [Test]
    public void Atomic_sums_of_floats([Values(1, 257, 1000)] int n)
    {
        var x = Ints(n, n, -1000, 1000).Select(value => (float)value).ToArray();
        using var run = new CorpusRun("atomics");
        var (y, z) = (run.Upload(3f), run.Upload(0.25));
        run.Launch("atomics_float", 3, 96, run.Upload(x), y, z, n);
        Assert.That(run.Download<float>(y, 1)[0], Is.EqualTo(3 + x.Sum()));
        Assert.That(run.Download<double>(z, 1)[0], Is.EqualTo(0.25 + x.Sum(value => value * 0.5)));
        run.AssertClean();
    }

    [Test]
    public void Loops_of_compare_and_swap([Values(1, 33, 257)] int n)
    {
        var x = Ints(n, n, 1, 1000);
        using var run = new CorpusRun("atomics");
        DevicePointer taken = run.Upload(new int[n]), next = run.Upload(0), y = run.Upload(1UL);
        run.Launch("tickets", Blocks(n, 64), 64, taken, next, n);
        run.Launch("product", Blocks(n, 64), 64, run.Upload(x), y, n);
        Assert.That(run.Download<int>(taken, n), Is.All.EqualTo(1));
        Assert.That(run.Download<int>(next, 1)[0], Is.EqualTo(n));
        Assert.That(run.Download<ulong>(y, 1)[0], Is.EqualTo(x.Aggregate(1UL, (p, q) => p * (ulong)q % 1_000_003)));
        run.AssertClean();
    }

    [Test]
    public void Atomics_in_shared_memory([Values(1, 100, 443)] int n, [Values(32, 96)] int threads)
    {
        var x = Ints(n, n, 0, 1000);
        using var run = new CorpusRun("atomics");
        DevicePointer y = run.Upload(new int[3]), firsts = run.Upload(0);
        run.Launch("atomics_shared", Blocks(n, threads), threads, run.Upload(x), y, firsts, n);
        Assert.That(run.Download<int>(y, 3), Is.EqualTo((int[])[x.Sum(), x.Max(), x.Sum()]));
        Assert.That(run.Download<int>(firsts, 1)[0], Is.EqualTo(Blocks(n, threads)));
        run.AssertClean();
    }
}
