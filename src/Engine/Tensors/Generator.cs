using ZfNet.Kernels;

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
    /// <exception cref="GraphException">A <see cref="DeviceGraph"/> runs its function, where only dropout may draw.</exception>
    public ulong NextStream()
    {
        Recording.Refuse(
            "random numbers are drawn inside its function, and every run would get the first one's; draw them outside "
            + "and give them as an input");
        return Stream++;
    }

    /// <summary>The mask of a dropout's next call.</summary>
    internal DropoutMask NextMask(double p, Device device)
    {
        var mask = new DropoutMask(p, Seed, Stream++);
        return Recording.Current is { } recording ? mask with { StreamAt = recording.Stream(this, mask.Stream, device) } : mask;
    }
}
