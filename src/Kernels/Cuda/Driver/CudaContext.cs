using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>A device's primary context, and the one place where a status becomes an exception.</summary>
internal sealed class CudaContext : IDisposable
{
    private CudaContext(ICudaDriver driver, CudaContextHandle handle, int device)
    {
        Driver = driver;
        Handle = handle;
        Device = device;
    }

    /// <summary>What a dead context means.</summary>
    public static string LostForGood =>
        "The GPU's memory is lost to this process: nothing more runs on this device before a restart.";

    /// <summary>The entry points.</summary>
    public ICudaDriver Driver { get; }

    /// <summary>Its handle.</summary>
    public CudaContextHandle Handle { get; }

    /// <summary>CUdevice.</summary>
    public int Device { get; }

    /// <summary>Bytes that the runtime of this context has handed out; for sentences.</summary>
    public Func<long>? InUse { get; set; }

    /// <summary>The kernel launched last: a fault shows up at a later call, and most often it is this one's.</summary>
    public string? LastKernel { get; set; }

    /// <summary>How the context died, in a sentence; null while it lives.</summary>
    public string? Lost { get; private set; }

    /// <summary>Whether the context is dead.</summary>
    public bool IsLost => Lost is not null;

    /// <summary>Retains the primary context of a device.</summary>
    public static unsafe CudaContext Retain(ICudaDriver driver, int device)
    {
        nint context;
        var status = driver.DevicePrimaryCtxRetain(&context, device);
        if (status == CudaStatus.OutOfMemory)
            throw new GpuOutOfMemoryException(Failure(driver, status, $"cuDevicePrimaryCtxRetain(GPU {device})").Message);
        if (status != CudaStatus.Success)
            throw Failure(driver, status, $"cuDevicePrimaryCtxRetain(GPU {device})");
        return new CudaContext(driver, new CudaContextHandle(driver, device, context), device);
    }

    /// <summary>Makes it the calling thread's context.</summary>
    public void Enter() => Check(Driver.CtxSetCurrent(Handle), "cuCtxSetCurrent");

    /// <summary>Throws where a call failed.</summary>
    public void Check(CudaStatus status, string call)
    {
        if (status != CudaStatus.Success)
            Throw(status, call);
    }

    /// <summary>Throws where a call failed; the text is made only then.</summary>
    public void Check(CudaStatus status, [InterpolatedStringHandlerArgument(nameof(status))] ref CallText call)
    {
        if (status != CudaStatus.Success)
            Throw(status, call.Text());
    }

    /// <summary>Free and total bytes of the device, or zeros where the driver does not tell.</summary>
    public unsafe (long Free, long Total) Memory()
    {
        nuint free, total;
        // Relaxed, as a stream may capture; and without a check, as a sentence about a failure asks too.
        var mode = CudaCaptureMode.Relaxed;
        var relaxed = Driver.ThreadExchangeStreamCaptureMode(&mode) == CudaStatus.Success;
        var told = Driver.MemGetInfo(&free, &total) == CudaStatus.Success;
        if (relaxed)
            Driver.ThreadExchangeStreamCaptureMode(&mode);
        return told ? ((long)free, (long)total) : (0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <summary>The exception of running out of memory.</summary>
    public GpuOutOfMemoryException OutOfMemory(string call, string status)
    {
        var (free, total) = Memory();
        var tail = total > 0 ? $"; {CudaNames.PartOf(free, total)} free" : "";
        if (InUse?.Invoke() is long used and > 0)
            tail += $", {CudaNames.Bytes(used)} held by this process's tensors";
        return new GpuOutOfMemoryException($"{call} failed: {status}{tail}.");
    }

    /// <summary>A failure of a call without a context.</summary>
    internal static GpuException Failure(ICudaDriver driver, CudaStatus status, string call)
    {
        var description = CudaNames.Description(driver, status);
        return new GpuException(
            $"{call} failed: {CudaNames.Of(driver, status)}{(description.Length > 0 ? ", " : "")}{description}.");
    }

    [DoesNotReturn]
    private void Throw(CudaStatus status, string call)
    {
        if (status == CudaStatus.OutOfMemory)
            throw OutOfMemory(call, CudaNames.Of(Driver, status));
        var failure = Failure(Driver, status, call);
        if (!status.IsLost())
            throw failure;
        var blame = LastKernel is null ? "" : $" The last kernel launched was {LastKernel}.";
        Lost = $"{failure.Message}{blame} {LostForGood}";
        throw new GpuLostException(Lost);
    }
}
