using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using static ZfNet.Tests.Emulator.CorpusData;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// Kernels with known answers, run by the software GPU over odd sizes and several launch shapes, against plain C#: the
/// same bits where the arithmetic is exact or in a known order, and no report.
/// </summary>
[TestFixture]
public sealed class CleanCorpusTests
{
    [Test]
    public void Saxpy([Values(1, 31, 33, 257, 1025)] int n, [Values(32, 96, 256)] int threads)
    {
        float[] x = Floats(n, n), y = Floats(n + 1, n);
        var expected = x.Zip(y, (p, q) => MathF.FusedMultiplyAdd(1.7f, p, q)).ToArray();
        using var run = new CorpusRun("saxpy");
        var (dx, once, strided) = (run.Upload(x), run.Upload(y), run.Upload(y));
        run.Launch("saxpy", Blocks(n, threads), threads, 1.7f, dx, once, n);
        run.Launch("saxpy_strided", 2, threads, 1.7f, dx, strided, (long)n);
        Assert.That(run.Download<float>(once, n), Is.EqualTo(expected));
        Assert.That(run.Download<float>(strided, n), Is.EqualTo(expected));

        var four = n / 4 * 4;
        var vector = run.Upload(y);
        run.Launch("saxpy_vector", Blocks(four / 4 + 1, threads), threads, 1.7f, dx, vector, four);
        Assert.That(run.Download<float>(vector, n), Is.EqualTo(expected.Take(four).Concat(y.Skip(four))));

        double[] wx = [.. x.Select(v => v / 3.0)], wy = [.. y.Select(v => v / 7.0)];
        var wide = run.Upload(wy);
        run.Launch("daxpy", Blocks(n, threads), threads, 0.3, run.Upload(wx), wide, n);
        Assert.That(run.Download<double>(wide, n), Is.EqualTo(wx.Zip(wy, (p, q) => Math.FusedMultiplyAdd(0.3, p, q))));
        run.AssertClean();
    }

    [Test]
    public void Reductions(
        [Values(1, 31, 257, 5003)] int n, [Values(1, 3, 8)] int blocks, [Values(32, 128, 256)] int threads)
    {
        var x = Floats(n, n);
        using var run = new CorpusRun("reduction");
        DevicePointer dx = run.Upload(x), shared = run.Empty<float>(blocks), shuffled = run.Empty<float>(blocks);
        DevicePointer partial = run.Empty<float>(blocks), total = run.Empty<float>(1), finished = run.Upload(0u);
        run.Launch("sum_shared", blocks, threads, dx, shared, n);
        run.Launch("sum_shuffle", blocks, threads, dx, shuffled, n);
        run.Launch("sum_last_block", blocks, threads, dx, partial, total, finished, n);
        float[] bySharing = new float[blocks], byShuffling = new float[blocks];
        for (var block = 0; block < blocks; block++)
        {
            var parts = new float[threads];
            for (var i = 0; i < n; i++)
                if (i / threads % blocks == block)
                    parts[i % threads] += x[i];
            var tree = (float[])parts.Clone();
            for (var half = threads / 2; half > 0; half /= 2)
                for (var i = 0; i < half; i++)
                    tree[i] += tree[i + half];
            bySharing[block] = tree[0];
            var warps = parts.Chunk(32).Select(warp => Down(warp)).ToArray();
            Array.Resize(ref warps, 32);
            byShuffling[block] = Across(warps);
        }
        Assert.That(run.Download<float>(shared, blocks), Is.EqualTo(bySharing));
        Assert.That(run.Download<float>(shuffled, blocks), Is.EqualTo(byShuffling));
        Assert.That(run.Download<float>(total, 1)[0], Is.EqualTo(bySharing.Aggregate((sum, part) => sum + part)));
        run.AssertClean();
    }

    // Lanes that have no lane so far down add themselves.
    private static float Down(float[] lanes)
    {
        for (var step = 16; step > 0; step /= 2)
            lanes = [.. lanes.Select((value, lane) => value + lanes[lane + step < 32 ? lane + step : lane])];
        return lanes[0];
    }

    private static float Across(float[] lanes)
    {
        for (var step = 16; step > 0; step /= 2)
            lanes = [.. lanes.Select((value, lane) => value + lanes[lane ^ step])];
        return lanes[0];
    }

    [Test]
    public void Arg_max_takes_the_first_of_ties([Values(1, 443, 2000)] int n)
    {
        var random = new Random(n);
        var x = Enumerable.Range(0, n).Select(_ => (uint)random.Next(50) * 80_000_000u).ToArray();
        using var run = new CorpusRun("reduction");
        var best = run.Upload(0UL);
        run.Launch("arg_max", 3, 96, run.Upload(x), best, n);
        var found = run.Download<ulong>(best, 1)[0];
        Assert.That((uint)(found >> 32), Is.EqualTo(x.Max()));
        Assert.That(uint.MaxValue - (uint)found, Is.EqualTo((uint)Array.IndexOf(x, x.Max())));
        run.AssertClean();
    }

    [Test]
    public void Inclusive_scan_over_blocks([Values(1, 33, 255, 1025)] int n, [Values(32, 64, 256)] int threads)
    {
        var x = Ints(n, n, -100, 100);
        var blocks = Blocks(n, threads);
        using var run = new CorpusRun("scan");
        DevicePointer y = run.Empty<int>(n), totals = run.Empty<int>(blocks), scanned = run.Empty<int>(blocks),
            rest = run.Empty<int>(1);
        run.Launch("scan_blocks", blocks, threads, run.Upload(x), y, totals, n);
        run.Launch("scan_blocks", 1, 256, totals, scanned, rest, blocks);
        run.Launch("scan_add", blocks, threads, scanned, y, n);
        var sum = 0;
        Assert.That(run.Download<int>(y, n), Is.EqualTo(x.Select(value => sum += value)));
        run.AssertClean();
    }

    [Test]
    public void Transpose([Values(1, 32, 45)] int rows, [Values(1, 33, 70)] int columns)
    {
        var x = Floats(rows * columns, rows * columns);
        using var run = new CorpusRun("transpose");
        var y = run.Empty<float>(x.Length);
        run.Launch(
            "transpose", new LaunchShape(new Extent(Blocks(columns, 32), Blocks(rows, 32)), new Extent(32, 8)),
            run.Upload(x), y, rows, columns);
        Assert.That(
            run.Download<float>(y, x.Length),
            Is.EqualTo(Enumerable.Range(0, x.Length).Select(i => x[i % rows * columns + i / rows])));
        run.AssertClean();
    }

    [TestCase(64, 64, 16)]
    [TestCase(128, 64, 48)]
    [TestCase(1, 1, 1)]
    [TestCase(65, 63, 17)]
    [TestCase(31, 130, 33)]
    [TestCase(64, 66, 32)]
    public void Matrix_products(int m, int n, int k)
    {
        float[] a = Floats(m, m * k), b = Floats(n, k * n), expected = new float[m * n];
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
                for (var l = 0; l < k; l++)
                    expected[i * n + j] = MathF.FusedMultiplyAdd(a[i * k + l], b[l * n + j], expected[i * n + j]);
        using var run = new CorpusRun("gemm");
        DevicePointer da = run.Upload(a), db = run.Upload(b), naive = run.Empty<float>(m * n),
            tiled = run.Empty<float>(m * n);
        run.Launch(
            "gemm_naive", new LaunchShape(new Extent(Blocks(n, 16), Blocks(m, 4)), new Extent(16, 4)), da, db, naive, m,
            n, k);
        run.Launch(
            "gemm_tiled", new LaunchShape(new Extent(Blocks(n, 64), Blocks(m, 64)), new Extent(64)), da, db, tiled, m,
            n, k);
        Assert.That(run.Download<float>(naive, m * n), Is.EqualTo(expected));
        Assert.That(run.Download<float>(tiled, m * n), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Histograms([Values(1, 255, 3001)] int n, [Values(1, 4)] int blocks, [Values(64, 96)] int threads)
    {
        var x = new byte[n];
        new Random(n).NextBytes(x);
        for (var i = 0; i < n; i += 3)
            x[i] = 7;
        using var run = new CorpusRun("histogram");
        DevicePointer dx = run.Upload(x), global = run.Upload(new uint[256]), shared = run.Upload(new uint[256]);
        run.Launch("histogram_global", blocks, threads, dx, global, n);
        run.Launch("histogram_shared", blocks, threads, dx, shared, n);
        var expected = Enumerable.Range(0, 256).Select(bin => (uint)x.Count(value => value == bin)).ToArray();
        Assert.That(run.Download<uint>(global, 256), Is.EqualTo(expected));
        Assert.That(run.Download<uint>(shared, 256), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Softmax([Values(1, 3)] int rows, [Values(1, 31, 257)] int columns, [Values(32, 128)] int threads)
    {
        var x = Floats(columns, rows * columns, -20, 20);
        using var run = new CorpusRun("softmax");
        var y = run.Empty<float>(x.Length);
        run.Launch(
            "softmax", new LaunchShape(new Extent(rows), new Extent(threads), threads / 32 * 4), run.Upload(x), y,
            columns);
        var actual = run.Download<float>(y, x.Length);
        for (var row = 0; row < rows; row++)
        {
            var values = x.Skip(row * columns).Take(columns).Select(value => (double)value).ToArray();
            var top = values.Max();
            var sum = values.Sum(value => Math.Exp(value - top));
            for (var i = 0; i < columns; i++)
            {
                // Two units of each expf, a half of each sum and of the quotient.
                var bound = (columns + 6) * Math.Pow(2, -23) * Math.Exp(values[i] - top) / sum;
                Assert.That(actual[row * columns + i], Is.EqualTo(Math.Exp(values[i] - top) / sum).Within(bound));
            }
        }
        run.AssertClean();
    }

    [TestCase(0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    public void Philox_gives_the_published_words(uint counter, uint key, params object[] words)
    {
        using var run = new CorpusRun("philox");
        var y = run.Empty<uint>(4);
        run.Launch("philox_counter", 1, 1, run.Upload(counter, counter, counter, counter), run.Upload(key, key), y);
        Assert.That(run.Download<uint>(y, 4), Is.EqualTo(words));
        run.AssertClean();
    }

    [Test]
    public void Philox_is_the_engines([Values(1, 33, 1025)] int n, [Values(1, 3)] int blocks)
    {
        ulong seed = 0x0123456789abcdef, stream = 0xfedcba9876543210;
        var words = Enumerable.Range(0, n)
            .Select(i => Philox.Block((uint)i, 0, (uint)stream, (uint)(stream >> 32), (uint)seed, (uint)(seed >> 32)))
            .SelectMany(block => (uint[])[block.X, block.Y, block.Z, block.W]).ToArray();
        using var run = new CorpusRun("philox");
        DevicePointer y = run.Empty<uint>(4 * n), uniform = run.Empty<float>(n);
        run.Launch("philox_blocks", Blocks(n, 64), 64, seed, stream, y, n);
        run.Launch("philox_uniform", blocks, 32, seed, stream, uniform, n);
        Assert.That(run.Download<uint>(y, 4 * n), Is.EqualTo(words));
        Assert.That(run.Download<float>(uniform, n), Is.EqualTo(words.Take(n).Select(Philox.ToUnit)));
        run.AssertClean();
    }

    [TestCase(1, 5, 7, 3, 1, 0)]
    [TestCase(3, 9, 11, 3, 2, 1)]
    [TestCase(2, 13, 6, 5, 3, 2)]
    public void Im2col_and_back(int channels, int height, int width, int kernel, int stride, int padding)
    {
        int outHeight = (height + 2 * padding - kernel) / stride + 1,
            outWidth = (width + 2 * padding - kernel) / stride + 1;
        var rows = channels * kernel * kernel;
        float[] x = Floats(height, channels * height * width), back = new float[x.Length],
            columns = new float[rows * outHeight * outWidth];
        for (var row = 0; row < rows; row++)
            for (var oh = 0; oh < outHeight; oh++)
                for (var ow = 0; ow < outWidth; ow++)
                {
                    int ih = oh * stride - padding + row / kernel % kernel, iw = ow * stride - padding + row % kernel;
                    if (ih < 0 || ih >= height || iw < 0 || iw >= width)
                        continue;
                    var pixel = (row / (kernel * kernel) * height + ih) * width + iw;
                    columns[(row * outHeight + oh) * outWidth + ow] = x[pixel];
                    back[pixel] += x[pixel];
                }
        using var run = new CorpusRun("im2col");
        DevicePointer y = run.Empty<float>(columns.Length), z = run.Empty<float>(x.Length);
        run.Launch(
            "im2col", 3, 96, run.Upload(x), y, channels, height, width, kernel, stride, padding, outHeight, outWidth);
        run.Launch("col2im", 2, 64, y, z, channels, height, width, kernel, stride, padding, outHeight, outWidth);
        Assert.That(run.Download<float>(y, columns.Length), Is.EqualTo(columns));
        Assert.That(run.Download<float>(z, x.Length), Is.EqualTo(back));
        run.AssertClean();
    }
}
