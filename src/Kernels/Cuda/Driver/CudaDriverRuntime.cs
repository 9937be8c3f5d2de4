using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>A GPU through NVIDIA's driver and, where it is installed, cuBLAS. Nothing else need be there.</summary>
public sealed partial class CudaDriverRuntime : IGpuRuntime
{
    /// <summary>The oldest devices that the kernels are compiled for.</summary>
    public static readonly Version OldestCapability = new(7, 5);

    private readonly ICublas? blas;
    private readonly Version driverCuda;
    private readonly CudaStream defaultStream;
    private readonly IDeviceAllocator allocator;
    private readonly DeviceMemory memory;
    private readonly HostStaging staging;
    private readonly AllocationFence fence;
    private readonly List<CudaStream> streams = [];
    private readonly HashSet<SafeHandle> captured = [];
    private CudaStream? capturing;
    private bool disposed;

    private CudaDriverRuntime(LoadedDriver driver, LoadedCublas cublas, int device)
    {
        driverCuda = driver.Cuda;
        Context = CudaContext.Retain(driver.Required, device);
        try
        {
            Context.Enter();
            Description = CudaDevices.Describe(Context.Driver, device);
            defaultStream = new CudaStream(this, isDefault: true);
            allocator = CudaDevices.Attribute(Context.Driver, CudaDeviceAttribute.MemoryPoolsSupported, device) != 0
                ? new StreamOrderedAllocator(Context, defaultStream.Handle)
                : new CachingAllocator(Context);
            memory = new DeviceMemory(Context, allocator, () => Wait(defaultStream));
            Context.InUse = () => memory.InUse;
            staging = new HostStaging(Context);
            fence = new AllocationFence(Context, defaultStream);
            (blas, NoGemm) = StartCublas(cublas);
        }
        catch
        {
            allocator?.Dispose();
            defaultStream?.Close();
            Context.Dispose();
            throw;
        }
    }

    /// <summary>Opens a GPU of this machine.</summary>
    /// <param name="index">Which one, as <see cref="Gpus.Find()"/> counts them.</param>
    /// <exception cref="GpuUnavailableException">There is none, or it is too old; the message says which.</exception>
    public static CudaDriverRuntime Open(int index = 0)
    {
        var driver = CudaDriver.OfThisMachine;
        var cublas = driver.Driver is null ? new LoadedCublas(null, null, null) : Cublas.OfThisMachine(driver.Cuda);
        return Open(driver, cublas, index);
    }

    /// <inheritdoc/>
    public GpuDescription Description { get; }

    /// <inheritdoc/>
    public string? NoGemm { get; }

    /// <inheritdoc/>
    public IGpuStream DefaultStream => defaultStream;

    /// <inheritdoc/>
    public long FreeMemory
    {
        get
        {
            Enter();
            return Context.Memory().Free + memory.Cached;
        }
    }

    /// <inheritdoc/>
    public long KeptMemory => MemoryStatistics.Cached;

    /// <summary>Device memory handed out and kept.</summary>
    public GpuMemoryStatistics MemoryStatistics
    {
        get
        {
            Enter();
            return memory.Statistics;
        }
    }

    /// <summary>
    /// Called on disposal with a sentence where memory was not given back; the memory is freed all the same.
    /// </summary>
    public Action<string>? Leaked { get; set; }

    /// <summary>The device's context.</summary>
    internal CudaContext Context { get; }

    /// <inheritdoc/>
    public IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx)
    {
        Enter();
        return CudaModule.Load(Context, name, ptx, driverCuda, Description.ComputeCapability);
    }

    /// <inheritdoc/>
    public void Launch(
        IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (kernel is not CudaKernel own || own.Context != Context)
            throw new ArgumentException("This kernel is not one of this runtime.", nameof(kernel));
        own.Launch(shape, Enter(stream).Handle, arguments);
        if (capturing is not null)
            captured.Add(own.Module);
    }

    /// <inheritdoc/>
    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream)
    {
        var own = Enter(stream);
        if (NoGemm is not null)
            throw new GpuException(NoGemm);
        if (shape.M == 0 || shape.N == 0 || shape.Batch == 0)
            return;
        var gemm = GemmOf(own);
        if (capturing is null)
        {
            gemm.Run(shape, a, b, c, capturing: false);
            return;
        }
        // What cuBLAS asks the driver meanwhile is its own affair. The graph goes on using its workspace.
        using var relaxed = new RelaxedCapture(Context);
        gemm.Run(shape, a, b, c, capturing: true);
        captured.Add(gemm.Workspace);
    }

    /// <inheritdoc/>
    public IGpuStream CreateStream()
    {
        Enter();
        var stream = new CudaStream(this, isDefault: false);
        fence.Add(stream);
        streams.Add(stream);
        return stream;
    }

    /// <inheritdoc/>
    public IGpuEvent CreateEvent()
    {
        Enter();
        return new CudaEvent(this);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        Enter();
        if (capturing is not null)
            throw new GpuException("A device with a stream that captures cannot be waited for: end the capture first.");
        Context.Check(Context.Driver.CtxSynchronize(), "cuCtxSynchronize");
    }

    /// <summary>
    /// Waits for the device and gives everything back. Modules, streams, events and graphs that are still open keep the
    /// context until they are disposed.
    /// </summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        string? leak = null;
        try
        {
            Context.Enter();
            if (capturing is not null)
                Abandon(capturing);
            Context.Check(Context.Driver.CtxSynchronize(), "cuCtxSynchronize");
            leak = memory.Close();
        }
        catch (GpuLostException)
        {
            // Its memory is lost with it. Whoever worked with it has been told.
        }
        finally
        {
            foreach (var stream in streams)
                stream.Close();
            defaultStream.Gemm?.Dispose();
            staging.Dispose();
            fence.Dispose();
            allocator.Dispose();
            defaultStream.Close();
            Context.Dispose();
        }
        if (leak is not null)
            Leaked?.Invoke(leak);
    }

    /// <summary>Opens a GPU of a driver; tests bring their own.</summary>
    internal static CudaDriverRuntime Open(LoadedDriver driver, LoadedCublas cublas, int index) =>
        new(driver, cublas, CudaDevices.Usable(driver.Required, index));

    /// <summary>Makes the context the calling thread's.</summary>
    /// <exception cref="GpuLostException">It died before; the sentence is that of its death.</exception>
    internal CudaContext Enter()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Context.Lost is { } sentence)
            throw new GpuLostException(sentence);
        Context.Enter();
        return Context;
    }

    /// <summary>The same before work is given to a stream.</summary>
    internal CudaStream Enter(IGpuStream stream)
    {
        Enter();
        var own = Own(stream);
        fence.Pass(own);
        return own;
    }

    /// <summary>A stream, which must be one of this runtime.</summary>
    internal CudaStream Own(IGpuStream stream) =>
        stream is CudaStream own && own.Runtime == this
            ? own
            : throw new ArgumentException("This stream is not one of this runtime.", nameof(stream));

    /// <summary>An event, which must be one of this runtime.</summary>
    internal CudaEvent Own(IGpuEvent recorded) =>
        recorded is CudaEvent own && own.Runtime == this
            ? own
            : throw new ArgumentException("This event is not one of this runtime.", nameof(recorded));

    /// <summary>A stream is being disposed.</summary>
    internal void Forget(CudaStream stream)
    {
        if (capturing == stream && !disposed)
            Abandon(stream);
        if (streams.Remove(stream))
            fence.Remove();
    }

    private CudaGemm GemmOf(CudaStream stream)
    {
        if (stream.Gemm is null)
        {
            using var relaxed = new RelaxedCapture(Context);
            stream.Gemm = new CudaGemm(Context, blas!, stream.Handle, Description.ComputeCapability);
        }
        return stream.Gemm;
    }

    private (ICublas? Blas, string? Missing) StartCublas(LoadedCublas cublas)
    {
        const string Instead = "Using our own GEMM";
        if (cublas.Blas is null)
            return (null, $"{cublas.Missing} {Instead}.");
        try
        {
            defaultStream.Gemm = new CudaGemm(
                Context, cublas.Blas, defaultStream.Handle, Description.ComputeCapability);
            return (cublas.Blas, null);
        }
        catch (GpuException error) when (!Context.IsLost)
        {
            return (null, $"cuBLAS {cublas.Version} does not start: {error.Message} {Instead}.");
        }
    }

    private void Wait(CudaStream stream) =>
        Context.Check(Context.Driver.StreamSynchronize(stream.Handle), "cuStreamSynchronize");
}
