using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Local response normalisation where the paper's network has it.</summary>
public sealed record NormCase(string Name, LocalResponseNormGeometry Geometry) : IMapWork
{
    public long Count => (long)Geometry.N * Geometry.C * Geometry.H * Geometry.W;

    // The scale of a place is a sum of squares, and its power; backward sums as many terms of the neighbours again.
    public double Flops(string method) => Count * (method == "Forward" ? 2.0 * Cells + 4 : 3.0 * Cells + 10);

    private double Cells => Geometry.AcrossChannels ? Geometry.Size : (double)Geometry.Size * Geometry.Size;

    public double Bytes(string method) => 4.0 * Count * (method == "Forward" ? 2 : 3);

    public override string ToString() => Name;
}

/// <summary>Local response normalisation across channels, and within them, and the gradients.</summary>
public class LocalResponseNormBenchmarks : MapBenchmarks<NormCase>
{
    public static IEnumerable<NormCase> Cases =>
    [
        .. Sizes.Norms.Select(norm => new NormCase(norm.Name, norm.Geometry)),
        // By the kernels for any window and any power.
        .. Sizes.Norms.Take(1).Select(norm =>
            new NormCase($"{norm.Name} within maps", norm.Geometry with { AcrossChannels = false, Size = 3 })),
    ];

    [Benchmark]
    public void Forward() => Backend.LocalResponseNormForward(Case.Geometry, X, Y);

    [Benchmark]
    public void Backward() => Backend.LocalResponseNormBackward(Case.Geometry, X, Dy, Dx);

    private protected override void Verify(HostCheck host)
    {
        Forward();
        Backward();
        foreach (var some in HostCheck.Ends(Case.Geometry.N, 1))
        {
            var g = Case.Geometry with { N = (int)some.Count };
            var x = host.Copy(X, Case.Geometry.N, some);
            BufferView y = host.Empty(x.Length), dx = host.Empty(x.Length);
            host.Plain.LocalResponseNormForward(g, x, y);
            host.Plain.LocalResponseNormBackward(g, x, host.Copy(Dy, Case.Geometry.N, some), dx);
            // A power is off by some units in the last place.
            host.Near(HostCheck.Part(Y, Case.Geometry.N, some), y, 1, 16);
            host.Near(HostCheck.Part(Dx, Case.Geometry.N, some), dx, 1, 32);
        }
    }
}
