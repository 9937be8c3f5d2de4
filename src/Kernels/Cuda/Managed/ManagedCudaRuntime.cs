using ManagedCuda;
using ManagedCuda.BasicTypes;
using ZfNet.Kernels.Cuda.Driver;
using CudaEvent = ManagedCuda.CudaEvent;

namespace ZfNet.Kernels.Cuda.Managed;

/// <summary>
/// A GPU through the packages ManagedCuda-12 and ManagedCuda-CUBLAS, compiled with <c>-p:UseManagedCuda=true</c> only
/// (ADR 0021). What there is and what it can do is asked of the driver as <see cref="CudaDriverRuntime"/> does.
/// </summary>
public sealed unsafe class ManagedCudaRuntime : IGpuRuntime
{
    private readonly PrimaryContext context;
    private readonly ManagedStream defaultStream;
    private readonly ManagedMemory memory;
    private readonly CudaEvent fence;
    private ManagedStream? capturing;
    private bool disposed;

    private ManagedCudaRuntime(int index, GpuDescription description)
    {
        Description = description;
        context = Calls.Call($"cuDevicePrimaryCtxRetain(GPU {index})", () => new PrimaryContext(index));
        memory = new ManagedMemory(Calls);
        try
        {
            Enter();
            defaultStream = new ManagedStream(this, isDefault: true);
            fence = Calls.Call("cuEventCreate", () => new CudaEvent(CUEventFlags.DisableTiming));
            NoGemm = TryCublas();
        }
        catch
        {
            fence?.Dispose();
            defaultStream?.Close();
            context.Dispose();
            throw;
        }
    }

    /// <summary>Opens a GPU of this machine.</summary>
    /// <param name="index">Which one, as <see cref="Gpus.Find()"/> counts them.</param>
    /// <exception cref="GpuUnavailableException">There is none, or it is too old; the message says which.</exception>
    public static ManagedCudaRuntime Open(int index = 0)
    {
        var driver = CudaDriver.OfThisMachine.Required;
        return new ManagedCudaRuntime(index, CudaDevices.Describe(driver, CudaDevices.Usable(driver, index)));
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
            return (long)Calls.Call("cuMemGetInfo", context.GetFreeDeviceMemorySize) + memory.Cached;
        }
    }

    internal ManagedCalls Calls { get; } = new();

    /// <inheritdoc/>
    public DevicePointer Allocate(long bytes)
    {
        Enter();
        return memory.Take(bytes);
    }

    /// <inheritdoc/>
    public void Free(DevicePointer pointer)
    {
        Enter();
        memory.Give(pointer);
    }

    /// <inheritdoc/>
    public void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream)
    {
        // From pageable memory: the driver has staged it on return.
        var own = NotCapturing(stream, "from the host");
        Calls.Check(
            DriverAPINativeMethods.AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(
                At(destination), (nint)source, bytes, own.Own.Stream),
            "cuMemcpyHtoDAsync");
    }

    /// <inheritdoc/>
    public void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream)
    {
        var own = NotCapturing(stream, "to the host");
        Calls.Check(
            DriverAPINativeMethods.AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2(
                (nint)destination, At(source), bytes, own.Own.Stream),
            "cuMemcpyDtoHAsync");
        own.Synchronize();
    }

    /// <inheritdoc/>
    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        if (bytes > 0)
        {
            Calls.Check(
                DriverAPINativeMethods.AsynchronousMemcpy_v2.cuMemcpyDtoDAsync_v2(
                    At(destination), At(source), bytes, own.Own.Stream),
                "cuMemcpyDtoDAsync");
        }
    }

    /// <inheritdoc/>
    public void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        if (bytes > 0)
        {
            Calls.Check(
                DriverAPINativeMethods.MemsetAsync.cuMemsetD8Async(At(destination), value, bytes, own.Own.Stream),
                "cuMemsetD8Async");
        }
    }

    /// <inheritdoc/>
    public IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx)
    {
        Enter();
        return new ManagedModule(this, context, name, ptx);
    }

    /// <inheritdoc/>
    public void Launch(
        IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments) =>
        OwnOf<ManagedKernel>(kernel, "kernel").Launch(shape, Enter(stream), arguments);

    /// <inheritdoc/>
    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream)
    {
        var own = Enter(stream);
        if (NoGemm is not null)
            throw new GpuException(NoGemm);
        if (shape.M > 0 && shape.N > 0 && shape.Batch > 0)
            own.Gemm.Run(shape, a, b, c);
    }

    /// <inheritdoc/>
    public IGpuStream CreateStream()
    {
        Enter();
        return new ManagedStream(this, isDefault: false);
    }

    /// <inheritdoc/>
    public IGpuEvent CreateEvent()
    {
        Enter();
        return new ManagedEvent(this);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        Enter();
        Calls.Call("cuCtxSynchronize", context.Synchronize);
    }

    /// <summary>
    /// Waits for the device and gives everything back; other streams and modules were disposed before.
    /// </summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        try
        {
            context.SetCurrent();
            context.Synchronize();
        }
        catch (CudaException)
        {
            // The device is lost, and its memory with it. Whoever worked with it has been told.
        }
        memory.Close();
        fence.Dispose();
        defaultStream.Close();
        context.Dispose();
    }

    /// <summary>Makes the context the calling thread's.</summary>
    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Calls.ThrowIfLost();
        Calls.Call("cuCtxSetCurrent", context.SetCurrent);
    }

    /// <summary>The same before work is given to a stream, which first waits for who had its memory before.</summary>
    internal ManagedStream Enter(IGpuStream stream)
    {
        var own = OwnOf<ManagedStream>(stream, "stream");
        if (own.Runtime != this)
            throw new ArgumentException("This stream is not one of this runtime.", nameof(stream));
        Enter();
        if (!own.IsDefault && capturing is null && own.SeenAllocations != memory.Count)
        {
            Calls.Call("cuEventRecord", () => fence.Record(defaultStream.Own.Stream));
            Calls.Call("cuStreamWaitEvent", () => own.Own.WaitEvent(fence.Event));
            own.SeenAllocations = memory.Count;
        }
        return own;
    }

    /// <summary>What a runtime of this kind made.</summary>
    internal static T OwnOf<T>(object thing, string what)
        where T : class =>
        thing as T ?? throw new ArgumentException($"This {what} is not one of this runtime.", nameof(thing));

    /// <summary>Starts a capture; relaxed, since memory may be taken meanwhile.</summary>
    internal void BeginCapture(ManagedStream stream)
    {
        Enter(stream);
        if (capturing is not null)
            throw new GpuException("A stream of this device captures already; one at a time can.");
        if (NoGemm is null)
            _ = stream.Gemm;
        Calls.Call("cuCtxSynchronize", context.Synchronize);
        Calls.Check(
            DriverAPINativeMethods.Streams.cuStreamBeginCapture(stream.Own.Stream, CUstreamCaptureMode.Relaxed),
            "cuStreamBeginCapture");
        capturing = stream;
        stream.IsCapturing = true;
        memory.BeginCapture();
    }

    /// <summary>Ends it.</summary>
    internal ManagedGraph EndCapture(ManagedStream stream)
    {
        Enter();
        if (capturing != stream)
            throw new GpuException("The stream does not capture: there is nothing to end.");
        capturing = null;
        stream.IsCapturing = false;
        var blocks = memory.EndCapture();
        var graph = default(CUgraph);
        try
        {
            Calls.Check(
                DriverAPINativeMethods.Streams.cuStreamEndCapture(stream.Own.Stream, ref graph), "cuStreamEndCapture");
            var executable = default(CUgraphExec);
            var made = DriverAPINativeMethods.GraphManagment.cuGraphInstantiate(
                ref executable, graph, CUgraphInstantiate_flags.None);
            _ = DriverAPINativeMethods.GraphManagment.cuGraphDestroy(graph);
            Calls.Check(made, "cuGraphInstantiate");
            return new ManagedGraph(this, executable, blocks);
        }
        catch
        {
            memory.Close(blocks);
            throw;
        }
    }

    /// <summary>A graph is gone: so are its blocks.</summary>
    internal void Close(GraphBlocks blocks)
    {
        if (!disposed)
            memory.Close(blocks);
    }

    private static CUdeviceptr At(DevicePointer pointer) => new() { Pointer = pointer.Address };

    private ManagedStream NotCapturing(IGpuStream stream, string direction)
    {
        var own = Enter(stream);
        return own.IsCapturing
            ? throw new GpuException($"A copy {direction} cannot be captured: copy before or after the capture.")
            : own;
    }

    private string? TryCublas()
    {
        const string Instead = "Using our own GEMM.";
        try
        {
            _ = defaultStream.Gemm;
            return null;
        }
        catch (DllNotFoundException)
        {
            return $"There is no cuBLAS on this machine. {Instead}";
        }
        catch (GpuException error) when (!Calls.IsLost)
        {
            return $"cuBLAS does not start: {error.Message} {Instead}";
        }
    }
}
