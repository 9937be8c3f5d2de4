using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>y [1] = the sum of x, in a fixed order; float32 sums are carried in float64.</summary>
    void Sum(BufferView x, BufferView y);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Sum(BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            y.Cpu<double>()[0] = Sum(x.Cpu<double>());
        else
            y.Cpu<float>()[0] = (float)Sum(x.Cpu<float>());
    }

    private static double Sum<T>(NativeSpan<T> x)
        where T : unmanaged, INumberBase<T>
    {
        var total = 0.0;
        for (long i = 0; i < x.Length; i++)
            total += double.CreateTruncating(x[i]);
        return total;
    }
}
