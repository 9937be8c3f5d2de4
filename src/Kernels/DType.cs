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
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int Size(this DType dtype) => dtype == DType.Float64 ? 8 : 4;

    /// <summary>Whether the type is a floating-point one, so that it can carry a gradient.</summary>
    public static bool IsFloat(this DType dtype) => dtype != DType.Int32;

    /// <summary>The element type that <typeparamref name="T"/> stands for.</summary>
    /// <exception cref="NotSupportedException">T is not float, double or int.</exception>
    public static DType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(int) ? DType.Int32
        : throw new NotSupportedException($"No element type for {typeof(T).Name}: use float, double or int.");
}
