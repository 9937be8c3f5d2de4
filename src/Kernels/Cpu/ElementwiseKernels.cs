using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>y = a + b.</summary>
internal unsafe struct AddKernel(float* a, float* b, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        float* p = a + start, q = b + start, to = y + start;
        long i = 0;
        for (; i + 8 <= count; i += 8)
            (Vector256.Load(p + i) + Vector256.Load(q + i)).Store(to + i);
        for (; i < count; i++)
            to[i] = p[i] + q[i];
    }
}

/// <summary>y = a * b.</summary>
internal unsafe struct MultiplyKernel(float* a, float* b, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        float* p = a + start, q = b + start, to = y + start;
        long i = 0;
        for (; i + 8 <= count; i += 8)
            (Vector256.Load(p + i) * Vector256.Load(q + i)).Store(to + i);
        for (; i < count; i++)
            to[i] = p[i] * q[i];
    }
}

/// <summary>y = factor * x.</summary>
internal unsafe struct ScaleKernel(float factor, float* x, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        float* from = x + start, to = y + start;
        var scale = Vector256.Create(factor);
        long i = 0;
        for (; i + 8 <= count; i += 8)
            (scale * Vector256.Load(from + i)).Store(to + i);
        for (; i < count; i++)
            to[i] = factor * from[i];
    }
}

/// <summary>y = x where x is positive or NaN, else 0.</summary>
internal unsafe struct ReLUKernel(float* x, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        float* from = x + start, to = y + start;
        long i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var value = Vector256.Load(from + i);
            Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<float>.Zero)).Store(to + i);
        }
        for (; i < count; i++)
            to[i] = from[i] <= 0 ? 0 : from[i];
    }
}

/// <summary>dx = dy where the rule lets it through, else 0.</summary>
internal unsafe struct ReLUBackwardKernel(ReLURule rule, float* y, float* dy, float* dx) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        bool byOutput = rule != ReLURule.Deconvnet, bySign = rule != ReLURule.Gradient;
        float* from = dy + start, to = dx + start;
        // Without a condition on the output, dy stands in for it and is not used.
        var output = byOutput ? y + start : from;
        long i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var value = Vector256.Load(from + i);
            var blocked = Vector256<float>.Zero;
            if (byOutput)
                blocked |= Vector256.LessThanOrEqual(Vector256.Load(output + i), Vector256<float>.Zero);
            if (bySign)
                blocked |= Vector256.LessThanOrEqual(value, Vector256<float>.Zero);
            Vector256.AndNot(value, blocked).Store(to + i);
        }
        for (; i < count; i++)
        {
            var blocked = (byOutput && output[i] <= 0) || (bySign && from[i] <= 0);
            to[i] = blocked ? 0 : from[i];
        }
    }
}

/// <summary>v = mu v + (g + decay w); w = w - rate v. Without v, mu is 0.</summary>
internal readonly unsafe struct SgdKernel(float rate, float momentum, float decay, float* g, float* v, float* w) : IChunkKernel
{
    private readonly float* g = g, v = v, w = w;

    public void Run(long start, long count)
    {
        long i = start, end = start + count;
        for (; i + 8 <= end; i += 8)
            Move((nint)i, Vector256.Load(g + i));
        for (; i < end; i++)
            Move((nint)i, g[i]);
    }

    /// <summary>Moves the eight weights from <paramref name="at"/> on by their gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Move(nint at, Vector256<float> gradient)
    {
        var value = Vector256.Load(w + at);
        var slope = gradient + decay * value;
        if (v != null)
        {
            slope = momentum * Vector256.Load(v + at) + slope;
            slope.Store(v + at);
        }
        (value - rate * slope).Store(w + at);
    }

    /// <summary>Moves one weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Move(nint at, float gradient)
    {
        var slope = gradient + decay * w[at];
        if (v != null)
            slope = v[at] = momentum * v[at] + slope;
        w[at] -= rate * slope;
    }
}

/// <summary>y = x.</summary>
internal unsafe struct CopyKernel(float* x, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count) =>
        new ReadOnlySpan<float>(x + start, (int)count).CopyTo(new Span<float>(y + start, (int)count));
}

/// <summary>y = value everywhere.</summary>
internal unsafe struct FillKernel(float value, float* y) : IChunkKernel
{
    public readonly void Run(long start, long count) => new Span<float>(y + start, (int)count).Fill(value);
}
