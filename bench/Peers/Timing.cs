using System.Diagnostics;
using System.Runtime.InteropServices;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>Clocks and the peak probe.</summary>
internal static class Timing
{
    /// <summary>Runs the contestants in turn, round after round, and returns the sorted milliseconds of each.</summary>
    /// <remarks>Interleaved, so that a noisy neighbour hits all alike; a pause lets the other's spinning threads sleep.</remarks>
    public static double[][] Interleave(int rounds, params Action[] contestants)
    {
        var times = contestants.Select(_ => new List<double>()).ToArray();
        foreach (var contestant in contestants)
            contestant();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < contestants.Length; i++)
            {
                if (contestants.Length > 1)
                    Thread.Sleep(40);
                times[i].Add(Milliseconds(contestants[i]));
            }
        }
        return [.. times.Select(list => list.Order().ToArray())];
    }

    /// <summary>The milliseconds of one run.</summary>
    public static double Milliseconds(Action contestant)
    {
        var start = Stopwatch.GetTimestamp();
        contestant();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public static double Median(double[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;

    /// <summary>The register-only FMA peak of all threads in GFLOP/s, printed with the machine.</summary>
    public static double Probe(int threads)
    {
        using var context = new KernelContext(threads);
        var peak = FmaPeakProbe.Measure(context.Pool, context.Isa, 15);
        Console.WriteLine(
            $"FMA peak {peak:F1} GFLOP/s ({context.Isa}, {context.Pool.Threads} threads, {RuntimeInformation.FrameworkDescription})");
        return peak;
    }
}
