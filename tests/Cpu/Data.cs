namespace ZfNet.Tests.Cpu;

/// <summary>Seeded data for the tests of the CPU kernels.</summary>
internal static class Data
{
    /// <summary>Uniform numbers in [-1, 1).</summary>
    public static float[] Random(Random random, long count)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() * 2 - 1;
        return values;
    }
}
