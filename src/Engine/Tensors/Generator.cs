namespace ZfNet.Engine;

/// <summary>
/// A source of random numbers: a seed and the number of the next Philox stream. Two generators in the same state give the
/// same numbers on every backend, so saving the state is enough to resume.
/// </summary>
/// <param name="seed">Philox key.</param>
public sealed class Generator(ulong seed)
{
    /// <summary>Philox key.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>The stream that the next draw takes; set it to resume.</summary>
    public ulong Stream { get; set; }

    /// <summary>Takes a stream.</summary>
    public ulong NextStream() => Stream++;
}
