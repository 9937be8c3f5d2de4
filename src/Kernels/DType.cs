namespace ZfNet.Kernels;

/// <summary>Element type of a buffer.</summary>
public enum DType
{
    /// <summary>32-bit IEEE float: everything by default.</summary>
    Float32,

    /// <summary>64-bit IEEE float: gradient checks.</summary>
    Float64,

    /// <summary>32-bit integer: pooling switches and class labels (a plane or a class count stays under 2^31).</summary>
    Int32,

    /// <summary>
    /// <see cref="Kernels.BFloat16"/>, 16 bits: a way to store a linear layer's weights at half the bytes. Nothing computes in it and it
    /// carries no gradient.
    /// </summary>
    BFloat16,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.Float64 => 8,
        DType.BFloat16 => 2,
        _ => 4,
    };

    /// <summary>Whether ops compute in the type, so that it can carry a gradient: float32 or float64.</summary>
    public static bool IsFloat(this DType dtype) => dtype is DType.Float32 or DType.Float64;

    /// <summary>The element type that <typeparamref name="T"/> stands for.</summary>
    /// <exception cref="NotSupportedException">T is not float, double, int or <see cref="BFloat16"/>.</exception>
    public static DType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(BFloat16) ? DType.BFloat16
        : throw new NotSupportedException($"No element type for {typeof(T).Name}: use float, double, int or BFloat16.");
}
