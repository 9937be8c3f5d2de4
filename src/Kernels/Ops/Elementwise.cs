using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>y = a + b. y may be a or b.</summary>
    void Add(BufferView a, BufferView b, BufferView y);

    /// <summary>y = a * b, element by element. y may be a or b.</summary>
    void Multiply(BufferView a, BufferView b, BufferView y);

    /// <summary>y = factor * x. y may be x.</summary>
    void Scale(double factor, BufferView x, BufferView y);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Add(BufferView a, BufferView b, BufferView y)
    {
        if (a.DType == DType.Float64)
            Add(a.Cpu<double>(), b.Cpu<double>(), y.Cpu<double>());
        else
            Add(a.Cpu<float>(), b.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void Multiply(BufferView a, BufferView b, BufferView y)
    {
        if (a.DType == DType.Float64)
            Multiply(a.Cpu<double>(), b.Cpu<double>(), y.Cpu<double>());
        else
            Multiply(a.Cpu<float>(), b.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void Scale(double factor, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            Scale(factor, x.Cpu<double>(), y.Cpu<double>());
        else
            Scale((float)factor, x.Cpu<float>(), y.Cpu<float>());
    }

    private static void Add<T>(NativeSpan<T> a, NativeSpan<T> b, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        for (long i = 0; i < y.Length; i++)
            y[i] = a[i] + b[i];
    }

    private static void Multiply<T>(NativeSpan<T> a, NativeSpan<T> b, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        for (long i = 0; i < y.Length; i++)
            y[i] = a[i] * b[i];
    }

    private static void Scale<T>(T factor, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        for (long i = 0; i < y.Length; i++)
            y[i] = factor * x[i];
    }
}
