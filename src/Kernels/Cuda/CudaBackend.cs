using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Kernels.Cuda;

/// <summary>
/// Ops on a GPU: launches of the committed PTX and matrix products, through any <see cref="IGpuRuntime"/>, in the order
/// in which they are called. One thread drives it at a time. Launches are not waited for: a fault of one shows at the
/// next <see cref="Download"/>.
/// </summary>
public sealed unsafe partial class CudaBackend : IBackend
{
    private readonly IGpuRuntime runtime;
    private readonly CudaKernels kernels;
    private readonly CudaMemory memory;
    private readonly CudaConvolution convolution;

    /// <summary>
    /// Loads the kernels into a device. The backend owns its runtime, and disposes it also where this fails.
    /// </summary>
    /// <exception cref="GpuModuleException">The device does not take the PTX, or the PTX lacks a kernel.</exception>
    public CudaBackend(IGpuRuntime runtime)
        : this(runtime, CudaKernels.Ptx())
    {
    }

    /// <summary>The same with another PTX than the committed one.</summary>
    internal CudaBackend(IGpuRuntime runtime, ReadOnlySpan<byte> ptx)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        this.runtime = runtime;
        try
        {
            kernels = new CudaKernels(runtime, ptx);
        }
        catch
        {
            runtime.Dispose();
            throw;
        }
        memory = new CudaMemory(runtime);
        convolution = new CudaConvolution(kernels, memory) { OwnGemm = runtime.NoGemm is not null };
    }

    /// <summary>The kernels on a GPU of this machine.</summary>
    /// <param name="index">Which one, as <see cref="Gpus.Find()"/> counts them.</param>
    /// <exception cref="GpuException">It is not there, or does not work; the type and the message say why.</exception>
    public static CudaBackend Open(int index = 0) =>
#if MANAGED_CUDA
        new(Managed.ManagedCudaRuntime.Open(index));
#else
        new(CudaDriverRuntime.Open(index));
#endif

    /// <inheritdoc/>
    public string Name => "cuda";

    /// <inheritdoc/>
    public string Description =>
        $"{runtime.Description.Name}, {(OwnGemm ? "own matrix products" : "the runtime's matrix products")}";

    /// <summary>Device memory that buffers and scratch have taken.</summary>
    public CudaMemoryStatistics Memory => memory.Statistics;

    /// <summary>Bytes of device memory that were given back and are kept for reuse, or for recorded work.</summary>
    public long KeptMemory => runtime.KeptMemory;

    /// <summary>Bytes that a convolution's columns may take at once; a single sample may take more.</summary>
    public long ConvolutionWorkspace
    {
        get => convolution.Workspace;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            convolution.Workspace = value;
        }
    }

    /// <summary>
    /// Whether labels and switches are looked at, which waits for the device; on unless switched off. Recorded work
    /// never looks. Unchecked, a bad label counts as ignored and a bad switch puts its value nowhere.
    /// </summary>
    public bool ChecksIndices { get; set; } = true;

    /// <summary>Whether matrix products run on our own kernels; on by itself where the runtime has none.</summary>
    public bool OwnGemm
    {
        get => convolution.OwnGemm;
        set => convolution.OwnGemm = value || runtime.NoGemm is not null;
    }

    /// <summary>The device.</summary>
    internal IGpuRuntime Runtime => runtime;

    /// <summary>The kernels by themselves.</summary>
    internal CudaKernels Kernels => kernels;

    /// <summary>Convolutions and their products by themselves.</summary>
    internal CudaConvolution Convolution => convolution;

    private IGpuStream Stream => runtime.DefaultStream;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength) => memory.Allocate(byteLength);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> source, BufferView destination)
    {
        CheckLength(source.Length, destination);
        fixed (byte* from = source)
        {
            if (source.Length > 0)
                runtime.CopyToDevice(At(destination), from, source.Length, Stream);
        }
        destination.Buffer.Touch();
    }

    /// <inheritdoc/>
    public void Download(BufferView source, Span<byte> destination)
    {
        CheckLength(destination.Length, source);
        fixed (byte* to = destination)
        {
            if (destination.Length > 0)
                runtime.CopyToHost(to, At(source), destination.Length, Stream);
        }
    }

    /// <summary>Gives everything back, also buffers that are still in use.</summary>
    public void Dispose()
    {
        // A lost device refuses to take memory back; its runtime is closed all the same.
        try
        {
            memory.Dispose();
            kernels.Dispose();
        }
        finally
        {
            runtime.Dispose();
        }
    }

    private static void CheckLength(long bytes, BufferView view)
    {
        var length = view.Length * view.DType.Size();
        if (bytes != length)
            throw new ArgumentException($"A copy of {bytes} bytes was asked for a view of {length} bytes.");
    }

    private DevicePointer At(BufferView view)
    {
        if (view.Buffer is not CudaBuffer buffer || !buffer.IsOf(memory))
            throw new InvalidOperationException($"A {view.Buffer.GetType().Name} of another device reached {Name}.");
        touched?.TryAdd(buffer, buffer.Version);
        return buffer.Pointer + view.Offset * view.DType.Size();
    }

    private DevicePointer? At(BufferView? view) => view is { } given ? At(given) : null;
}
