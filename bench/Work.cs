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

    /// <summary>
    /// Floating-point operations of the definition; a division, an exponential, a power or a comparison is one.
    /// </summary>
    double Flops(string method);

    /// <summary>Bytes that have to move at least: every operand once.</summary>
    double Bytes(string method);

    /// <summary>The matrix product whose rate a method is held against; null: it is held against a copy.</summary>
    GemmShape? Product(string method) => null;
}

/// <summary>
/// A number of elements of four bytes; how often each method reads or writes all of them, and its operations for each.
/// </summary>
public sealed record MapCase(
    string Name, long Count, IReadOnlyDictionary<string, (double Passes, double Flops)> Costs) : IMapWork
{
    public double Flops(string method) => Costs[method].Flops * Count;

    public double Bytes(string method) => 4 * Costs[method].Passes * Count;

    public override string ToString() => Name;
}
