using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>
/// A benchmark's parameter that knows how much work each method does with it. The columns of a run and the table of
/// docs/benchmarks.md that no GPU was needed for count from here.
/// </summary>
public interface IWork
{
    /// <summary>What it is, without the batch.</summary>
    string Name { get; }

    /// <summary>Floating-point operations, 0 where they are not the point.</summary>
    double Flops(string method);

    /// <summary>Bytes that have to move at least: every operand once.</summary>
    double Bytes(string method);

    /// <summary>The matrix product whose rate a method is held against; null: it is held against a copy.</summary>
    GemmShape? Product(string method) => null;
}

/// <summary>A number of elements of four bytes, and how often each method reads or writes all of them.</summary>
public sealed record MapCase(string Name, long Count, IReadOnlyDictionary<string, double> Passes) : IWork
{
    public double Flops(string method) => 0;

    public double Bytes(string method) => 4 * Passes[method] * Count;

    public override string ToString() => Name;
}
