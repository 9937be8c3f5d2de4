using System.Runtime.CompilerServices;
using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>Argument checks: one place for the sentences.</summary>
internal static class Check
{
    public static void Rank(string op, string argument, Tensor tensor, int rank, string axes)
    {
        Float(op, argument, tensor);
        Axes(op, argument, tensor, rank, axes);
    }

    public static void Axes(string op, string argument, Tensor tensor, int rank, string axes)
    {
        if (tensor.Shape.Rank != rank)
            throw new ShapeException(op, argument, $"{rank} axes {axes}", $"shape {tensor.Shape}");
    }

    public static void Float(string op, string argument, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor, argument);
        ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        if (!tensor.DType.IsFloat())
            throw new ShapeException(
                op, argument, tensor.DType == DType.BFloat16 ? "float32 or float64: bfloat16 only stores the weights of linear layers" : "a floating-point tensor",
                $"{tensor}");
    }

    /// <summary>A tensor of an element type that a device can hold.</summary>
    public static void Holds(Device device, DType dtype)
    {
        if (dtype == DType.BFloat16 && device.Backend is not IBFloat16Storage)
            throw new ShapeException($"Device {device} holds no bfloat16: weights are stored so on the CPU only.");
    }

    /// <summary>Same element type and device.</summary>
    public static void Fits(string op, string argument, Tensor tensor, Tensor other)
    {
        ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        if (tensor.DType != other.DType || tensor.Device != other.Device)
            throw new ShapeException(op, argument, $"{other.DType} on {other.Device}, as the other arguments", $"{tensor}");
    }

    /// <summary>Same element type, device and shape.</summary>
    public static void Same(string op, string argument, Tensor tensor, Tensor other)
    {
        Fits(op, argument, tensor, other);
        Shape(op, argument, tensor, other.Shape);
    }

    public static void Shape(string op, string argument, Tensor tensor, Shape expected)
    {
        if (tensor.Shape != expected)
            throw new ShapeException(op, argument, $"shape {expected}", $"shape {tensor.Shape}");
    }

    /// <summary>An index or label tensor: Int32, same device, given shape.</summary>
    public static void Index(string op, string argument, Tensor tensor, Tensor other, Shape expected)
    {
        ArgumentNullException.ThrowIfNull(tensor, argument);
        ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        if (tensor.DType != DType.Int32 || tensor.Device != other.Device)
            throw new ShapeException(op, argument, $"int32 on {other.Device}", $"{tensor}");
        Shape(op, argument, tensor, expected);
    }

    public static void AtLeast(string op, string argument, Pair value, int minimum)
    {
        if (value.H < minimum || value.W < minimum)
            throw new ShapeException(op, argument, $"at least {minimum}", $"{value}");
    }

    public static void That(
        bool condition, string op, string argument, [InterpolatedStringHandlerArgument(nameof(condition))] CheckText expected,
        [InterpolatedStringHandlerArgument(nameof(condition))] CheckText actual)
    {
        if (!condition)
            throw new ShapeException(op, argument, expected.ToString(), actual.ToString());
    }

    public static int Int(long size) =>
        size is >= int.MinValue and <= int.MaxValue
            ? (int)size
            : throw new ShapeException($"A size of {size} is more than an op takes along an axis; expected at most 2^31 - 1.");
}
