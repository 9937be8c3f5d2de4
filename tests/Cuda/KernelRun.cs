using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// The product's kernels on a software GPU with every check on, beside the plain loops on the CPU. Disposing it fails
/// on any report and on any allocation that was not given back.
/// </summary>
internal sealed class KernelRun : IDisposable
{
    // One for all tests: parsing the PTX takes longer than a test.
    private static readonly SoftwareGpu Shared = new();
    private static readonly Lazy<CudaKernels> Loaded = new(() => new CudaKernels(Shared));

    private readonly SoftwareGpu gpu = Shared;
    private readonly List<DevicePointer> buffers = [];
    private readonly int maxBlocks;
    private readonly int reports = Shared.Reports.Count;

    /// <summary>Launches get at most <paramref name="maxBlocks"/> blocks.</summary>
    public KernelRun(int maxBlocks = 64)
    {
        this.maxBlocks = maxBlocks;
        Memory = new CudaMemory(gpu);
    }

    public CudaKernels Kernels
    {
        get
        {
            Loaded.Value.MaxBlocks = maxBlocks;
            return Loaded.Value;
        }
    }

    public CudaMemory Memory { get; }

    public IGpuStream Stream => gpu.DefaultStream;

    /// <summary>The plain loops.</summary>
    public ReferenceBackend Reference { get; } = new();

    /// <summary>Device memory that nobody has written.</summary>
    public DevicePointer Empty(DType dtype, long count) => Scratch(count * dtype.Size());

    /// <summary>Device memory that nobody has written, in bytes.</summary>
    public DevicePointer Scratch(long bytes)
    {
        var pointer = gpu.Allocate(Math.Max(1, bytes));
        buffers.Add(pointer);
        return pointer;
    }

    /// <summary>Elements on the device.</summary>
    public unsafe DevicePointer Put(DType dtype, double[] values)
    {
        var pointer = Empty(dtype, values.Length);
        var bytes = Bytes(dtype, values);
        fixed (byte* from = bytes)
            gpu.CopyToDevice(pointer, from, bytes.Length, Stream);
        return pointer;
    }

    /// <summary>What the device holds.</summary>
    public unsafe double[] Get(DType dtype, DevicePointer pointer, long count)
    {
        var bytes = new byte[count * dtype.Size()];
        fixed (byte* to = bytes)
            gpu.CopyToHost(to, pointer, bytes.Length, Stream);
        return Doubles(dtype, bytes);
    }

    /// <summary>Elements for the plain loops.</summary>
    public BufferView View(DType dtype, double[] values)
    {
        var view = new BufferView(Reference.Allocate(values.Length * dtype.Size()), dtype, 0, values.Length);
        Reference.Upload(Bytes(dtype, values), view);
        return view;
    }

    /// <summary>What the plain loops wrote.</summary>
    public double[] Get(BufferView view)
    {
        var bytes = new byte[view.Length * view.DType.Size()];
        Reference.Download(view, bytes);
        return Doubles(view.DType, bytes);
    }

    /// <summary>Fails unless every element is within the table's tolerance.</summary>
    public static void Close(string family, DType dtype, double[] actual, double[] expected, string what)
    {
        if (expected.Length == 0)
            return;
        var tolerance = Tolerances.For(family, dtype, "reference");
        var comparison = Compare.Measure(actual, expected, [expected.Length], tolerance, $"{dtype} {what}");
        Assert.That(comparison.Passed, comparison.Message);
    }

    /// <summary>Fails unless NaN is where NaN is expected, and every other element is within the tolerance.</summary>
    public static void Alike(string family, DType dtype, double[] actual, double[] expected, string what)
    {
        Assert.That(actual.Select(double.IsNaN), Is.EqualTo(expected.Select(double.IsNaN)), $"{dtype} {what}'s NaN");
        Close(family, dtype, Numbers(actual), Numbers(expected), what);

        static double[] Numbers(double[] values) => [.. values.Where(value => !double.IsNaN(value))];
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            gpu.Free(buffer);
        var leaks = Memory.Statistics.Buffers;
        Memory.Dispose();
        gpu.Synchronize();
        Assert.That(gpu.Reports.Skip(reports).Select(report => report.Sentence), Is.Empty);
        Assert.That(leaks, Is.Zero, "buffers that were not given back");
    }

    private static byte[] Bytes(DType dtype, double[] values) => dtype switch
    {
        DType.Float64 => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
        DType.Float32 => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (float)value).AsSpan()).ToArray(),
        _ => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (int)value).AsSpan()).ToArray(),
    };

    private static double[] Doubles(DType dtype, byte[] bytes) => dtype switch
    {
        DType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
        DType.Float32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (double)value),
        _ => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), value => (double)value),
    };
}
