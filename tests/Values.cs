namespace ZfNet.Tests;

/// <summary>Seeded numbers for tests.</summary>
internal static class Values
{
    /// <summary>Uniform in [low, high), and exact in float32, so that both element types see the same input.</summary>
    public static double[] Random(int seed, long count, double low = -1, double high = 1)
    {
        var random = new Random(seed);
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(low + (high - low) * random.NextDouble());
        return values;
    }

    /// <summary>No two closer than <paramref name="gap"/>, in random order around 0: no ties for max-pooling.</summary>
    public static double[] Distinct(int seed, long count, double gap = 0.0625)
    {
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (i - (count - 1) / 2) * gap;
        new Random(seed).Shuffle(values);
        return values;
    }

    /// <summary>Class labels below <paramref name="classes"/>.</summary>
    public static int[] Labels(int seed, int count, int classes)
    {
        var random = new Random(seed);
        var labels = new int[count];
        for (var i = 0; i < count; i++)
            labels[i] = random.Next(classes);
        return labels;
    }
}
