using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>
/// Tells whether two threads have two cores' arithmetic at this moment. A virtual machine's processors may run on one core's
/// two hardware threads for a while, most often after a pause: a multiply-add loop in registers alone, which touches no memory,
/// then takes each of two threads twice as long as a lone one.
/// </summary>
internal sealed class CorePair
{
    /// <summary>Between 1 (a core each) and 2 (one core for both).</summary>
    private const double OneCore = 1.25;

    private readonly CpuBackend _lone, _pair;
    private readonly double _alone;

    /// <summary>Times the loop on one thread: the best of several runs.</summary>
    /// <param name="lone">A backend of one thread.</param>
    /// <param name="pair">The backend of two threads that is measured, so that no third thread spins beside them.</param>
    public CorePair(CpuBackend lone, CpuBackend pair)
    {
        (_lone, _pair) = (lone, pair);
        _alone = Enumerable.Range(0, 15).Min(_ => Milliseconds(lone));
    }

    /// <summary>Whether one thread runs the loop as fast as it can.</summary>
    public bool HasOne() => Milliseconds(_lone) < OneCore * _alone;

    /// <summary>Whether two threads do; right after a pause the second may wake too late to take its half.</summary>
    public bool HasBoth() => Milliseconds(_pair) < OneCore * _alone;

    private static double Milliseconds(CpuBackend backend) =>
        Timing.Milliseconds(() => FmaPeakProbe.Once(backend.Pool, backend.Isa));
}
