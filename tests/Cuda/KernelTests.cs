using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// What tests of kernels share: launch code on a software GPU with all checks on, and the plain loops beside it. After
/// each test every buffer is given back, and nothing may have been reported.
/// </summary>
public abstract class KernelTests
{
    /// <summary>Most blocks of a launch: one block does everything, two share, and as many as there is work.</summary>
    internal static readonly int[] Grids = [1, 2, 1000];

    internal static readonly DType[] Floats = [DType.Float32, DType.Float64];

    private readonly SoftwareGpu gpu = new();
    private readonly ReferenceBackend reference = new();
    private readonly List<DevicePointer> taken = [];
    private readonly List<DeviceBuffer> buffers = [];
    private CudaKernels kernels = null!;

    internal SoftwareGpu Gpu => gpu;

    internal CudaKernels Kernels => kernels;

    internal IGpuStream Stream => gpu.DefaultStream;

    internal ReferenceBackend Plain => reference;

    [OneTimeSetUp]
    public void Load() => kernels = new CudaKernels(gpu);

    [TearDown]
    public void GiveBack()
    {
        gpu.Synchronize();
        taken.ForEach(gpu.Free);
        taken.Clear();
        buffers.ForEach(buffer => buffer.Dispose());
        buffers.Clear();
        Assert.That(gpu.Reports.Select(report => report.Sentence), Is.Empty);
    }

    [OneTimeTearDown]
    public void Unload()
    {
        kernels.Dispose();
        gpu.Dispose();
        reference.Dispose();
        Assert.That(gpu.Reports.Select(report => report.Sentence), Is.Empty);
    }

    /// <summary>Device memory that holds values of a type.</summary>
    internal unsafe DevicePointer Device(DType dtype, double[] values, int offset = 0)
    {
        var bytes = Bytes(dtype, values);
        var pointer = Device(dtype, values.Length, offset);
        fixed (byte* source = bytes)
            gpu.CopyToDevice(pointer, source, bytes.Length, Stream);
        return pointer;
    }

    /// <summary>Device memory that nobody has written, a few elements off sixteen bytes if asked.</summary>
    internal DevicePointer Device(DType dtype, long count, int offset = 0)
    {
        var pointer = gpu.Allocate(Math.Max(1, (count + offset) * dtype.Size()));
        taken.Add(pointer);
        return pointer + offset * dtype.Size();
    }

    /// <summary>Device memory of bytes.</summary>
    internal unsafe DevicePointer Device(byte[] values, int offset = 0)
    {
        var pointer = gpu.Allocate(Math.Max(1, values.Length + offset));
        taken.Add(pointer);
        fixed (byte* source = values)
            gpu.CopyToDevice(pointer + offset, source, values.Length, Stream);
        return pointer + offset;
    }

    /// <summary>What device memory holds.</summary>
    internal unsafe double[] Read(DType dtype, DevicePointer pointer, long count)
    {
        var bytes = new byte[count * dtype.Size()];
        fixed (byte* destination = bytes)
            gpu.CopyToHost(destination, pointer, bytes.Length, Stream);
        return Numbers(dtype, bytes);
    }

    /// <summary>Host memory for the plain loops that holds values of a type.</summary>
    internal BufferView Host(DType dtype, double[] values)
    {
        var view = Host(dtype, values.Length);
        reference.Upload(Bytes(dtype, values), view);
        return view;
    }

    /// <summary>Host memory for the plain loops.</summary>
    internal BufferView Host(DType dtype, long count)
    {
        var buffer = reference.Allocate(count * dtype.Size());
        buffers.Add(buffer);
        return new BufferView(buffer, dtype, 0, count);
    }

    /// <summary>What host memory holds.</summary>
    internal double[] Read(BufferView view)
    {
        var bytes = new byte[view.Length * view.DType.Size()];
        reference.Download(view, bytes);
        return Numbers(view.DType, bytes);
    }

    /// <summary>Fails unless all bits are equal, but for which NaN it is.</summary>
    internal static void Same(double[] actual, double[] expected, string what)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        for (var i = 0; i < actual.Length; i++)
            if (Bits(actual[i]) != Bits(expected[i]))
                Assert.Fail(
                    $"{what}: element {i} of {actual.Length} is {actual[i]:R}; expected exactly {expected[i]:R}.");
    }

    /// <summary>Fails unless all values lie within the tolerance of docs/numerics.md.</summary>
    internal static void Close(double[] actual, double[] expected, string family, DType dtype, string what)
    {
        if (expected.Length == 0)
            return;
        var tolerance = Tolerances.For(family, dtype, "reference");
        var agreement = Compare.Measure(actual, expected, new Shape(expected.Length), tolerance, what);
        Assert.That(agreement.Passed, Is.True, agreement.Message);
    }

    /// <summary>Runs an action with each size of grid.</summary>
    internal void ForEachGrid(Action<string> action)
    {
        var usual = kernels.MaxBlocks;
        foreach (var blocks in Grids)
        {
            kernels.MaxBlocks = blocks;
            action($"{blocks} blocks");
        }
        kernels.MaxBlocks = usual;
    }

    private static ulong Bits(double value) =>
        double.IsNaN(value) ? ulong.MaxValue : BitConverter.DoubleToUInt64Bits(value);

    internal static byte[] Bytes(DType dtype, double[] values) => dtype switch
    {
        DType.Float64 => MemoryMarshal.AsBytes<double>(values).ToArray(),
        DType.Float32 => MemoryMarshal.AsBytes<float>(values.Select(value => (float)value).ToArray()).ToArray(),
        _ => MemoryMarshal.AsBytes<int>(values.Select(value => (int)value).ToArray()).ToArray(),
    };

    internal static double[] Numbers(DType dtype, byte[] bytes) => dtype switch
    {
        DType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
        DType.Float32 => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
        _ => [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(value => (double)value)],
    };
}
