namespace ZfNet.Data;

/// <summary>Random numbers as a pure function of where they are used: SplitMix64's finaliser (Steele, Lea, Flood 2014)
/// over the seed, the epoch, the index and the draw. No state, so no order of threads can change a number.</summary>
static class SeededHash
{
    internal static ulong At(ulong seed, ulong epoch, ulong index, ulong draw) =>
        Mix(Mix(Mix(Mix(seed) + epoch) + index) + draw);

    /// <summary>An integer in [0, bound), by multiply-high; the bias is below bound / 2^64.</summary>
    internal static int Below(int bound, ulong seed, ulong epoch, ulong index, ulong draw) =>
        (int)Math.BigMul(At(seed, epoch, index, draw), (ulong)bound, out _);

    static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
