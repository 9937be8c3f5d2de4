using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A softmax over the middle axis of [Outer, Size, Inner].</summary>
public sealed record SoftmaxCase(string Name, long Outer, int Size, long Inner) : IMapWork
{
    public long Count => Outer * Size * Inner;

    // Largest, difference, exponential, sum, quotient; two products, a sum and a difference.
    public double Flops(string method) => Count * (method.EndsWith("Forward", StringComparison.Ordinal) ? 5.0 : 4.0);

    public double Bytes(string method) =>
        4.0 * Count * (method.EndsWith("Backward", StringComparison.Ordinal) ? 3 : 2);

    public override string ToString() => Name;
}

/// <summary>
/// Softmax and its logarithm: over the classes of a batch (which is one launch's latency), of rows past the L2, and
/// over the maps of the first convolution.
/// </summary>
public class SoftmaxBenchmarks : MapBenchmarks<SoftmaxCase>
{
    public static IEnumerable<SoftmaxCase> Cases =>
    [
        new("classes", Sizes.Batch, Sizes.Spec.Classes, 1),
        new("classes past L2", Sizes.Past(1 << 17), Sizes.Spec.Classes, 1),
        new("conv1's maps", Sizes.Batch, Sizes.Largest.Channels, Sizes.Largest.Plane),
    ];

    [Benchmark]
    public void Forward() => Backend.SoftmaxForward(Case.Outer, Case.Size, Case.Inner, X, Y);

    [Benchmark]
    public void Backward() => Backend.SoftmaxBackward(Case.Outer, Case.Size, Case.Inner, Y, Dy, Dx);

    [Benchmark]
    public void LogForward() => Backend.LogSoftmaxForward(Case.Outer, Case.Size, Case.Inner, X, Y);

    [Benchmark]
    public void LogBackward() => Backend.LogSoftmaxBackward(Case.Outer, Case.Size, Case.Inner, Y, Dy, Dx);

    private protected override void Verify(HostCheck host)
    {
        LogForward();
        LogBackward();
        Check(host, host.Plain.LogSoftmaxForward, host.Plain.LogSoftmaxBackward, 10);
        Forward();
        Backward();
        Check(host, host.Plain.SoftmaxForward, host.Plain.SoftmaxBackward, 1);
    }

    private delegate void ForwardOp(long outer, int size, long inner, BufferView x, BufferView y);

    private delegate void BackwardOp(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx);

    private void Check(HostCheck host, ForwardOp forward, BackwardOp backward, double magnitudes)
    {
        foreach (var some in HostCheck.Ends(Case.Outer, 1))
        {
            var x = host.Copy(X, Case.Outer, some);
            BufferView y = host.Empty(x.Length), dx = host.Empty(x.Length);
            forward(some.Count, Case.Size, Case.Inner, x, y);
            backward(some.Count, Case.Size, Case.Inner, y, host.Copy(Dy, Case.Outer, some), dx);
            host.Near(HostCheck.Part(Y, Case.Outer, some), y, magnitudes, Case.Size);
            host.Near(HostCheck.Part(Dx, Case.Outer, some), dx, magnitudes, 4 * Case.Size);
        }
    }
}
