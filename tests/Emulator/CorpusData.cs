namespace ZfNet.Tests.Emulator;

/// <summary>Seeded inputs and launch sizes for the corpus.</summary>
internal static class CorpusData
{
    /// <summary>Blocks of so many threads that cover n.</summary>
    public static int Blocks(int n, int threads) => (n + threads - 1) / threads;

    public static float[] Floats(int seed, int count, double low = -1, double high = 1) =>
        [.. Values.Random(seed, count, low, high).Select(value => (float)value)];

    public static int[] Ints(int seed, int count, int low = int.MinValue, int high = int.MaxValue)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(low, high))];
    }

    public static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
