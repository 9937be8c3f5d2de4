using ZfNet.Kernels;

namespace ZfNet.Engine;

public sealed partial class Tensor
{
    /// <summary>A tensor whose contents are undefined.</summary>
    /// <exception cref="ShapeException">The device holds no tensors of the element type (bfloat16 on a GPU).</exception>
    public static Tensor Empty(Shape shape, DType dtype = DType.Float32, Device? device = null)
    {
        device ??= Device.Cpu;
        Check.Holds(device, dtype);
        var buffer = device.Backend.Allocate(checked(shape.Count * dtype.Size()));
        return new Tensor(new Storage(device, buffer), dtype, shape, shape.ContiguousStrides(), 0);
    }

    /// <summary>A tensor of one value.</summary>
    public static Tensor Full(Shape shape, double value, DType dtype = DType.Float32, Device? device = null)
    {
        var tensor = Empty(shape, dtype, device);
        tensor.Backend.Fill(value, tensor.View);
        return tensor;
    }

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32, Device? device = null) => Full(shape, 0, dtype, device);

    /// <summary>A tensor with the given elements in row-major order; float, double, int or <see cref="BFloat16"/> decides the element type.</summary>
    /// <exception cref="ShapeException">The number of elements is not the shape's.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> elements, Shape shape, Device? device = null)
        where T : unmanaged
    {
        if (elements.Length != shape.Count)
            throw new ShapeException("tensor", "elements", $"{shape.Count} for shape {shape}", $"{elements.Length}");
        var tensor = Empty(shape, DTypes.Of<T>(), device);
        tensor.Upload(elements);
        return tensor;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape, Device?)"/>
    public static Tensor From<T>(T[] elements, Shape shape, Device? device = null)
        where T : unmanaged => From((ReadOnlySpan<T>)elements, shape, device);

    /// <summary>
    /// A tensor over memory that somebody else made (a mapped file): nothing is copied, and the buffer is disposed with the
    /// last view of it.
    /// </summary>
    public static Tensor FromBuffer(DeviceBuffer buffer, long offset, Shape shape, DType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Check.Holds(device, dtype);
        _ = new BufferView(buffer, dtype, offset, shape.Count);
        return new Tensor(new Storage(device, buffer), dtype, shape, shape.ContiguousStrides(), offset);
    }

    /// <summary>A contiguous copy without history.</summary>
    public Tensor Clone()
    {
        var copy = Empty(Shape, DType, Device);
        using var source = ContiguousLease();
        Backend.Copy(source.View, copy.View);
        return copy;
    }

    /// <summary>Uniform in [low, high), from the generator's next stream.</summary>
    public static Tensor Uniform(Shape shape, Generator generator, double low = 0, double high = 1, DType dtype = DType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        var tensor = Empty(shape, dtype, device);
        tensor.Backend.RandomUniform(generator.Seed, generator.NextStream(), low, high, tensor.View);
        return tensor;
    }

    /// <summary>Normal, from the generator's next stream.</summary>
    public static Tensor Normal(Shape shape, Generator generator, double mean = 0, double deviation = 1, DType dtype = DType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        var tensor = Empty(shape, dtype, device);
        tensor.Backend.RandomNormal(generator.Seed, generator.NextStream(), mean, deviation, tensor.View);
        return tensor;
    }
}
