using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>The primary context of a device, retained.</summary>
internal sealed class CudaContextHandle : SafeHandle
{
    private readonly int device;

    /// <summary>Owns one retain of <paramref name="context"/>.</summary>
    public CudaContextHandle(ICudaDriver driver, int device, nint context)
        : base(0, true)
    {
        Driver = driver;
        this.device = device;
        SetHandle(context);
    }

    /// <summary>Where it came from.</summary>
    public ICudaDriver Driver { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => CudaHandle.Quietly(() => Driver.DevicePrimaryCtxRelease(device));
}

/// <summary>
/// Something made in a context. It keeps the context alive, and with it whatever else is named as kept: those are
/// released after it, whoever is disposed or finalised first.
/// </summary>
internal abstract class CudaHandle : SafeHandle
{
    private readonly CudaContextHandle context;
    private readonly SafeHandle[] kept;

    /// <summary>Owns <paramref name="value"/>.</summary>
    protected CudaHandle(CudaContextHandle context, nint value, params SafeHandle[] kept)
        : base(0, true)
    {
        this.context = context;
        this.kept = [context, .. kept];
        foreach (var parent in this.kept)
        {
            var counted = false;
            parent.DangerousAddRef(ref counted);
        }
        SetHandle(value);
    }

    /// <inheritdoc/>
    public sealed override bool IsInvalid => handle == 0;

    /// <summary>Destroys it; the context is current.</summary>
    protected abstract CudaStatus Destroy(ICudaDriver driver, nint value);

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        var destroyed = Quietly(DestroyInContext);
        for (var i = kept.Length - 1; i >= 0; i--)
            kept[i].DangerousRelease();
        return destroyed;
    }

    /// <summary>Runs a release, which may be on the finalizer's thread: it never throws.</summary>
    internal static bool Quietly(Func<CudaStatus> release)
    {
        try
        {
            return release() == CudaStatus.Success;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return false;
        }
    }

    private unsafe CudaStatus DestroyInContext()
    {
        var driver = context.Driver;
        // The context's handle may be closed to others already; its count keeps the value good.
        var pushed = driver.CtxPushCurrent(context.DangerousGetHandle());
        var status = Destroy(driver, handle);
        nint popped;
        if (pushed == CudaStatus.Success)
            _ = driver.CtxPopCurrent(&popped);
        return status;
    }
}

/// <summary>CUstream.</summary>
internal sealed class CudaStreamHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.StreamDestroy(value);
}

/// <summary>CUevent.</summary>
internal sealed class CudaEventHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.EventDestroy(value);
}

/// <summary>CUmodule.</summary>
internal sealed class CudaModuleHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.ModuleUnload(value);
}

/// <summary>CUgraph: work written down.</summary>
internal sealed class CudaGraphHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.GraphDestroy(value);
}

/// <summary>CUgraphExec: work that can be launched. It keeps the modules of its kernels.</summary>
internal sealed class CudaGraphExecHandle(CudaContextHandle context, nint value, params SafeHandle[] kept)
    : CudaHandle(context, value, kept)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.GraphExecDestroy(value);
}

/// <summary>CUmemoryPool.</summary>
internal sealed class CudaPoolHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.MemPoolDestroy(value);
}

/// <summary>Page-locked host memory.</summary>
internal sealed class CudaHostMemoryHandle(CudaContextHandle context, nint value) : CudaHandle(context, value)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.MemFreeHost(value);
}

/// <summary>Device memory outside the pool, for libraries.</summary>
internal sealed class CudaMemoryHandle(CudaContextHandle context, ulong address) : CudaHandle(context, (nint)address)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) => driver.MemFree((ulong)value);
}
