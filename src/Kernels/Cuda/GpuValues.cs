using System.Globalization;

namespace ZfNet.Kernels.Cuda;

/// <summary>An address in device memory. Arithmetic is in bytes.</summary>
/// <param name="Address">The address; 0 is null.</param>
public readonly record struct DevicePointer(ulong Address)
{
    /// <summary>The address <paramref name="bytes"/> further on.</summary>
    public static DevicePointer operator +(DevicePointer pointer, long bytes) => new(pointer.Address + (ulong)bytes);

    /// <summary>The address <paramref name="bytes"/> further on.</summary>
    public static DevicePointer Add(DevicePointer pointer, long bytes) => pointer + bytes;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
}

/// <summary>Threads along x, y and z: of a block, or blocks of a grid.</summary>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    /// <summary>X * Y * Z.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({X}, {Y}, {Z})");
}

/// <summary>How a kernel is launched.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="DynamicSharedBytes">Bytes of dynamic shared memory a block.</param>
public readonly record struct LaunchShape(Extent Grid, Extent Block, int DynamicSharedBytes = 0);

/// <summary>One argument of a kernel: up to eight bytes and how many of them count.</summary>
public readonly record struct KernelArgument
{
    private KernelArgument(ulong bits, int bytes)
    {
        Bits = bits;
        Bytes = bytes;
    }

    /// <summary>The value, in the low bytes.</summary>
    public ulong Bits { get; }

    /// <summary>Size in bytes: 4 or 8.</summary>
    public int Bytes { get; }

    /// <summary>A pointer.</summary>
    public static implicit operator KernelArgument(DevicePointer value) => new(value.Address, 8);

    /// <summary>A 32-bit integer.</summary>
    public static implicit operator KernelArgument(int value) => new((uint)value, 4);

    /// <summary>An unsigned 32-bit integer.</summary>
    public static implicit operator KernelArgument(uint value) => new(value, 4);

    /// <summary>A 64-bit integer.</summary>
    public static implicit operator KernelArgument(long value) => new((ulong)value, 8);

    /// <summary>An unsigned 64-bit integer.</summary>
    public static implicit operator KernelArgument(ulong value) => new(value, 8);

    /// <summary>A float32.</summary>
    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value), 4);

    /// <summary>A float64.</summary>
    public static implicit operator KernelArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value), 8);
}

/// <summary>Name and limits of a device.</summary>
public sealed record GpuDescription
{
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Compute capability, such as 7.5.</summary>
    public required Version ComputeCapability { get; init; }

    /// <summary>Bytes of device memory.</summary>
    public required long TotalMemory { get; init; }

    /// <summary>Streaming multiprocessors.</summary>
    public required int Multiprocessors { get; init; }

    /// <summary>Threads a block may have.</summary>
    public required int MaxThreadsPerBlock { get; init; }

    /// <summary>Bytes of shared memory a block may have without asking for more.</summary>
    public required int MaxSharedBytesPerBlock { get; init; }

    /// <summary>Threads a block may have along x, y and z.</summary>
    public required Extent MaxBlock { get; init; }

    /// <summary>Blocks a grid may have along x, y and z.</summary>
    public required Extent MaxGrid { get; init; }
}

/// <summary>
/// Row-major matrix products: for every i below Batch, C_i = alpha op(A_i) op(B_i) + beta C_i, where op transposes or not.
/// A batch's matrices lie a stride apart, in elements; a stride of 0 uses the same matrix for all.
/// </summary>
public readonly record struct GemmShape
{
    /// <summary>float32 or float64.</summary>
    public required DType DType { get; init; }

    /// <summary>Rows of C.</summary>
    public required int M { get; init; }

    /// <summary>Columns of C.</summary>
    public required int N { get; init; }

    /// <summary>Length of the sum.</summary>
    public required int K { get; init; }

    /// <summary>Whether A is stored k x m.</summary>
    public bool TransposeA { get; init; }

    /// <summary>Whether B is stored n x k.</summary>
    public bool TransposeB { get; init; }

    /// <summary>Elements between rows of A as stored.</summary>
    public required int LdA { get; init; }

    /// <summary>Elements between rows of B as stored.</summary>
    public required int LdB { get; init; }

    /// <summary>Elements between rows of C.</summary>
    public required int LdC { get; init; }

    /// <summary>Factor of the product.</summary>
    public double Alpha { get; init; }

    /// <summary>Factor of what C holds; with 0 it is not read.</summary>
    public double Beta { get; init; }

    /// <summary>How many products.</summary>
    public int Batch { get; init; }

    /// <summary>Elements between matrices A.</summary>
    public long StrideA { get; init; }

    /// <summary>Elements between matrices B.</summary>
    public long StrideB { get; init; }

    /// <summary>Elements between matrices C.</summary>
    public long StrideC { get; init; }

    /// <summary>Floating-point operations; a multiplication and an addition count as two.</summary>
    public double Flops => 2.0 * M * N * K * Batch;

    /// <summary>alpha = 1, beta = 0, one product.</summary>
    public GemmShape()
    {
        Alpha = 1;
        Batch = 1;
    }
}

/// <summary>A call to a device failed; the message is one sentence that says what was asked and what came back.</summary>
public class GpuException : Exception
{
    /// <summary>With a default sentence.</summary>
    public GpuException()
        : base("A call to the GPU failed.")
    {
    }

    /// <summary>With a sentence.</summary>
    public GpuException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public GpuException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
