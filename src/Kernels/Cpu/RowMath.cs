using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>Rows of a picture added and mixed, eight floats at a time.</summary>
internal static unsafe class RowMath
{
    /// <summary>to += from.</summary>
    public static void Add(float* from, float* to, int count)
    {
        var i = 0;
        for (; i + 8 <= count; i += 8)
            (Vector256.Load(to + i) + Vector256.Load(from + i)).Store(to + i);
        if (i + 4 <= count)
        {
            (Vector128.Load(to + i) + Vector128.Load(from + i)).Store(to + i);
            i += 4;
        }
        for (; i < count; i++)
            to[i] += from[i];
    }

    /// <summary>to += factor * from.</summary>
    public static void AddScaled(float* from, float factor, float* to, int count)
    {
        var scale = Vector256.Create(factor);
        var i = 0;
        for (; i + 8 <= count; i += 8)
            (Vector256.Load(to + i) + scale * Vector256.Load(from + i)).Store(to + i);
        for (; i < count; i++)
            to[i] += factor * from[i];
    }

    /// <summary>to = (1 - weight) * first + weight * second.</summary>
    public static void Mix(float* first, float* second, double weight, float* to, int count)
    {
        float one = (float)(1 - weight), other = (float)weight;
        Vector256<float> ones = Vector256.Create(one), others = Vector256.Create(other);
        var i = 0;
        for (; i + 8 <= count; i += 8)
            (ones * Vector256.Load(first + i) + others * Vector256.Load(second + i)).Store(to + i);
        for (; i < count; i++)
            to[i] = one * first[i] + other * second[i];
    }
}
