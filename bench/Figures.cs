namespace ZfNet.Benchmarks;

/// <summary>What a time says of a method's work; null where it says nothing.</summary>
/// <param name="Work">The sizes.</param>
/// <param name="Method">The method.</param>
/// <param name="Nanoseconds">The median time.</param>
public sealed record Figures(IWork Work, string Method, double Nanoseconds)
{
    /// <summary>Billion operations a second.</summary>
    public double? GFlops => Rate(Work.Flops(Method));

    /// <summary>Billion bytes a second.</summary>
    public double? GBytes => Rate(Work.Bytes(Method));

    /// <summary>
    /// The share of what the machine reaches: of a matrix product's rate alone where the method is one, else of a
    /// copy's bytes a second.
    /// </summary>
    public double? Share(MachineRates rates) =>
        Work.Product(Method) is { } product ? GFlops * 1e9 / rates.Measure(product) : GBytes * 1e9 / rates.Copy;

    private double? Rate(double amount) => amount > 0 && Nanoseconds > 0 ? amount / Nanoseconds : null;
}
