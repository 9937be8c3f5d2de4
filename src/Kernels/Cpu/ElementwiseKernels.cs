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
internal unsafe struct SgdKernel(float rate, float momentum, float decay, float* g, float* v, float* w) : IChunkKernel
{
    public readonly void Run(long start, long count)
    {
        float* gradient = g + start, weight = w + start;
        var velocity = v == null ? null : v + start;
        Vector256<float> mu = Vector256.Create(momentum), lambda = Vector256.Create(decay), lr = Vector256.Create(rate);
        long i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var value = Vector256.Load(weight + i);
            var slope = Vector256.Load(gradient + i) + lambda * value;
            if (velocity != null)
            {
                slope = mu * Vector256.Load(velocity + i) + slope;
                slope.Store(velocity + i);
            }
            (value - lr * slope).Store(weight + i);
        }
        for (; i < count; i++)
        {
            var slope = gradient[i] + decay * weight[i];
            if (velocity != null)
                slope = velocity[i] = momentum * velocity[i] + slope;
            weight[i] -= rate * slope;
        }
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
