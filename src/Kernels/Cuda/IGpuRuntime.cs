namespace ZfNet.Kernels.Cuda;

/// <summary>
/// What the CUDA backend needs of a device, and no more: memory, kernels from PTX, streams, events, graphs, and a matrix
/// product. Work on one stream runs in the order in which it was given; a failed call throws <see cref="GpuException"/>
/// with a sentence that says what was asked. Not thread-safe: one thread drives a runtime at a time.
/// </summary>
public interface IGpuRuntime : IDisposable
{
    /// <summary>Name and limits of the device.</summary>
    GpuDescription Description { get; }

    /// <summary>Bytes of device memory that are free now.</summary>
    long FreeMemory { get; }

    /// <summary>Bytes that were given back and are kept: for the next request, or for captured graphs.</summary>
    long KeptMemory => 0;

    /// <summary>The stream that work goes to when no other is asked for.</summary>
    IGpuStream DefaultStream { get; }

    /// <summary>Takes device memory, aligned to 256 bytes; its contents are undefined.</summary>
    /// <param name="bytes">Bytes, at least 1.</param>
    /// <exception cref="GpuOutOfMemoryException">
    /// There is not that much; the message says how much was asked for and how much is free.
    /// </exception>
    DevicePointer Allocate(long bytes);

    /// <summary>
    /// Gives back what <see cref="Allocate"/> returned, once. Work on <see cref="DefaultStream"/> may still be using it; for work on
    /// other streams the caller has waited.
    /// </summary>
    void Free(DevicePointer pointer);

    /// <summary>Copies <paramref name="bytes"/> from host to device; the host memory may be reused on return.</summary>
    unsafe void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream);

    /// <summary>Copies <paramref name="bytes"/> from device to host; the values are there on return.</summary>
    unsafe void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream);

    /// <summary>Copies <paramref name="bytes"/> within the device; the ranges do not overlap.</summary>
    void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream);

    /// <summary>Sets <paramref name="bytes"/> bytes to <paramref name="value"/>.</summary>
    void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream);

    /// <summary>Loads a PTX module.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="ptx">The text, ASCII.</param>
    /// <exception cref="GpuModuleException">
    /// The device or its driver does not take it; the message carries the compiler's log.
    /// </exception>
    IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx);

    /// <summary>Starts a kernel. Arguments are checked against the kernel's parameters by count and size.</summary>
    void Launch(IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Why <see cref="Gemm"/> cannot be called, in a sentence (no cuBLAS, for one); null where it can.</summary>
    string? NoGemm => null;

    /// <summary>Matrix product, row-major, as <see cref="GemmShape"/> says; its sums are of one term or more.</summary>
    void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream);

    /// <summary>A new stream, independent of the others.</summary>
    IGpuStream CreateStream();

    /// <summary>A new event, not yet recorded.</summary>
    IGpuEvent CreateEvent();

    /// <summary>Waits for everything on every stream, and reports what failed since the last wait.</summary>
    void Synchronize();
}

/// <summary>An ordered queue of work.</summary>
public interface IGpuStream : IDisposable
{
    /// <summary>Waits until the work given so far is done, and reports what failed.</summary>
    void Synchronize();

    /// <summary>Work given from now on starts when <paramref name="recorded"/> has happened.</summary>
    void Wait(IGpuEvent recorded);

    /// <summary>From now on, until <see cref="EndCapture"/>, work is written down instead of run.</summary>
    void BeginCapture();

    /// <summary>Ends the capture and returns what was written down.</summary>
    IGpuGraph EndCapture();
}

/// <summary>A point on a stream.</summary>
public interface IGpuEvent : IDisposable
{
    /// <summary>Places the event after the work given to <paramref name="stream"/> so far.</summary>
    void Record(IGpuStream stream);

    /// <summary>Waits until the event has happened.</summary>
    void Synchronize();

    /// <summary>Milliseconds between <paramref name="start"/> and this event; both have happened.</summary>
    double MillisecondsSince(IGpuEvent start);
}

/// <summary>Captured work that can be run again and again.</summary>
public interface IGpuGraph : IDisposable
{
    /// <summary>Runs it all on <paramref name="stream"/>.</summary>
    void Launch(IGpuStream stream);
}

/// <summary>A loaded PTX module; its kernels live as long as it does.</summary>
public interface IGpuModule : IDisposable
{
    /// <summary>Finds an entry by name.</summary>
    /// <exception cref="GpuModuleException">There is none of that name.</exception>
    IGpuKernel FindKernel(string name);
}

/// <summary>An entry of a loaded module.</summary>
public interface IGpuKernel
{
    /// <summary>The entry's name.</summary>
    string Name { get; }

    /// <summary>Bytes of shared memory that the kernel declares statically.</summary>
    int StaticSharedBytes { get; }

    /// <summary>Threads a block may have at most for this kernel.</summary>
    int MaxThreadsPerBlock { get; }

    /// <summary>Bytes of each parameter; null where the device does not tell.</summary>
    IReadOnlyList<int>? ParameterBytes { get; }
}
