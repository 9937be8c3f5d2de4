using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using static ZfNet.Tests.Emulator.CorpusData;

namespace ZfNet.Tests.Emulator;

/// <summary>The corpus's votes, matches and shuffles against plain C#, warp by warp.</summary>
[TestFixture]
public sealed class CleanWarpTests
{
    [Test]
    public void Votes_and_matches(
        [Values(32, 64, 160)] int threads, [Values(1, 3)] int blocks, [Values(40, 97, 100)] int below)
    {
        var x = Ints(threads + below, threads * blocks, 0, below);
        // One warp agrees on everything.
        Array.Fill(x, 17, 0, 32);
        using var run = new CorpusRun("warps");
        var y = run.Empty<uint>(8 * x.Length);
        run.Launch("votes", blocks, threads, run.Upload(x), y);
        var expected = x.Chunk(32).SelectMany(warp => warp.SelectMany((value, lane) => (uint[])
        [
            Ballot(warp, other => other % 2 == 1),
            warp.Any(other => other > 90) ? 1u : 0,
            warp.All(other => other < 95) ? 1u : 0,
            (uint)warp.Take(lane).Count(other => other % 2 == 1),
            (uint)warp.Count(other => other % 2 == 1),
            Ballot(warp, other => other % 5 == value % 5),
            warp.All(other => other / 8 == value / 8) ? uint.MaxValue : 0,
            warp.All(other => other / 8 == value / 8) ? 1u : 0,
        ]));
        Assert.That(run.Download<uint>(y, 8 * x.Length), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Shuffles_in_segments([Values(32, 96)] int threads, [Values(1, 2)] int blocks)
    {
        var x = Ints(threads, threads * blocks, int.MinValue, int.MaxValue);
        using var run = new CorpusRun("warps");
        var y = run.Empty<int>(16 * x.Length);
        run.Launch("shuffles", blocks, threads, run.Upload(x), y);
        var expected = new List<int>();
        foreach (var warp in x.Chunk(32))
            for (var lane = 0; lane < 32; lane++)
                foreach (var width in (int[])[32, 16, 8, 2])
                {
                    var (start, within) = (lane / width * width, lane % width);
                    expected.Add(warp[start + (lane * 7 + 3) % width]);
                    expected.Add(warp[within >= 3 ? lane - 3 : lane]);
                    expected.Add(warp[within + 5 < width ? lane + 5 : lane]);
                    // Across a segment's upper edge a lane keeps its own; to earlier segments it may look.
                    expected.Add(warp[(lane ^ 9) < start + width ? lane ^ 9 : lane]);
                }
        Assert.That(run.Download<int>(y, expected.Count), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Doubles_rotate_as_two_words([Values(0, 1, 13, 31)] int by)
    {
        var x = Values.Random(by, 64).Select(value => value / 3).ToArray();
        using var run = new CorpusRun("warps");
        var y = run.Empty<double>(64);
        run.Launch("rotate64", 1, 64, run.Upload(x), y, by);
        Assert.That(
            run.Download<double>(y, 64),
            Is.EqualTo(Enumerable.Range(0, 64).Select(i => x[i / 32 * 32 + (i + by) % 32])));
        run.AssertClean();
    }

    [Test]
    public void Lanes_vote_among_their_own([Values(32, 128)] int threads)
    {
        var x = Ints(threads, threads, 0, 100);
        using var run = new CorpusRun("warps");
        var y = run.Empty<uint>(threads);
        run.Launch("split_votes", 1, threads, run.Upload(x), y);
        var expected = x.Chunk(32).SelectMany(warp => warp.Select((value, lane) => 32 + (lane % 2 == 1
            ? (Ballot(warp, other => other > 50) & 0xaaaaaaaa) + (uint)warp[lane ^ 2]
            : Ballot(warp, other => other % 3 == value % 3) & 0x55555555)));
        Assert.That(run.Download<uint>(y, threads), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Compaction_keeps_the_positive([Values(1, 31, 100, 257)] int n, [Values(32, 96)] int threads)
    {
        var x = Ints(n, n, -50, 50);
        using var run = new CorpusRun("warps");
        var (y, count) = (run.Upload(new int[n]), run.Upload(0));
        run.Launch("compact", (n + threads - 1) / threads, threads, run.Upload(x), y, count, n);
        var kept = x.Where(value => value > 0).ToArray();
        Assert.That(run.Download<int>(count, 1)[0], Is.EqualTo(kept.Length));
        var actual = run.Download<int>(y, n);
        Assert.That(actual.Take(kept.Length), Is.EquivalentTo(kept));
        Assert.That(actual.Skip(kept.Length), Is.All.Zero);
        // Warps come in any order, lanes of one in theirs.
        foreach (var warp in x.Chunk(threads).SelectMany(block => block.Chunk(32))
            .Select(warp => warp.Where(value => value > 0).ToArray()))
            Assert.That(
                Enumerable.Range(0, Math.Max(kept.Length - warp.Length + 1, 1))
                    .Any(at => actual.Skip(at).Take(warp.Length).SequenceEqual(warp)));
        run.AssertClean();
    }

    [Test]
    public void Sorting_networks([Values(32, 96)] int threads)
    {
        var x = Ints(threads, threads, -20, 20);
        using var run = new CorpusRun("warps");
        var y = run.Empty<int>(threads);
        run.Launch("sort_warp", 1, threads, run.Upload(x), y);
        Assert.That(run.Download<int>(y, threads), Is.EqualTo(x.Chunk(32).SelectMany(warp => warp.Order())));
        run.AssertClean();
    }

    [Test]
    public void Reductions_in_one_instruction([Values(32, 96)] int threads)
    {
        var x = Ints(threads, threads, int.MinValue, int.MaxValue);
        using var run = new CorpusRun("warps_sm80");
        var y = run.Empty<int>(8 * threads);
        run.Launch("reductions", 1, threads, run.Upload(x), y);
        var expected = x.Chunk(32).SelectMany(warp => warp.SelectMany(_ => (int[])
        [
            warp.Aggregate((p, q) => unchecked(p + q)), warp.Min(), warp.Max(), (int)warp.Min(value => (uint)value),
            (int)warp.Max(value => (uint)value), warp.Aggregate((p, q) => p & q), warp.Aggregate((p, q) => p | q),
            warp.Aggregate((p, q) => p ^ q),
        ]));
        Assert.That(run.Download<int>(y, 8 * threads), Is.EqualTo(expected));
        run.AssertClean();
    }

    [Test]
    public void Bfloat16_rounds_to_nearest_even()
    {
        float[] x =
        [
            .. Values.Random(5, 60, -1e6, 1e6).Select(value => (float)value), 0, -0f, float.Epsilon, float.MaxValue,
            float.MinValue, float.PositiveInfinity, float.NegativeInfinity, Bits(0x3f808000), Bits(0x3f818000),
            Bits(0x3f808001), Bits(0x00008000),
        ];
        var expected = x.Select(Round).ToArray();
        using var run = new CorpusRun("warps_sm80");
        DevicePointer dx = run.Upload(x), y = run.Empty<ushort>(x.Length), back = run.Empty<float>(x.Length),
            pairs = run.Empty<uint>(x.Length);
        run.Launch("bfloat16_round", 3, 32, dx, y, back, x.Length);
        Assert.That(run.Download<ushort>(y, x.Length), Is.EqualTo(expected));
        Assert.That(run.Download<float>(back, x.Length), Is.EqualTo(expected.Select(half => Bits((uint)half << 16))));
        var pairCount = x.Length / 2;
        run.Launch("bfloat16_pairs", 2, 32, dx, pairs, pairCount);
        Assert.That(
            run.Download<uint>(pairs, pairCount),
            Is.EqualTo(Enumerable.Range(0, pairCount).Select(i => (uint)expected[2 * i] << 16 | expected[2 * i + 1])));
        run.AssertClean();

        static ushort Round(float value)
        {
            // Exact: the nearer of the two neighbours with eight bits, by what is cut off.
            var bits = BitConverter.SingleToUInt32Bits(value);
            var (upper, cut) = (bits >> 16, bits & 0xffff);
            var up = float.IsFinite(value) && (cut > 0x8000 || (cut == 0x8000 && upper % 2 == 1));
            return (ushort)(up ? upper + 1 : upper);
        }
    }

    private static float Bits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Ballot(int[] warp, Func<int, bool> vote) =>
        warp.Select((value, lane) => vote(value) ? 1u << lane : 0).Aggregate((p, q) => p | q);
}
