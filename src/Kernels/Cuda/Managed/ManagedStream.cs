using ManagedCuda;
using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;

namespace ZfNet.Kernels.Cuda.Managed;

/// <summary>A stream, with its own cuBLAS.</summary>
internal sealed class ManagedStream(ManagedCudaRuntime runtime, bool isDefault) : IGpuStream
{
    private ManagedGemm? gemm;
    private bool disposed;

    /// <summary>ManagedCuda's.</summary>
    public CudaStream Own { get; } =
        runtime.Calls.Call("cuStreamCreate", () => new CudaStream(CUStreamFlags.NonBlocking));

    /// <summary>The runtime that it belongs to.</summary>
    public ManagedCudaRuntime Runtime => runtime;

    /// <summary>Whether it needs no fence: memory is handed out in its order.</summary>
    public bool IsDefault => isDefault;

    /// <summary>Whether it writes work down instead of running it.</summary>
    public bool IsCapturing { get; set; }

    /// <summary>How much of the memory handed out it has waited for.</summary>
    public long SeenAllocations { get; set; } = -1;

    /// <summary>Its cuBLAS.</summary>
    public ManagedGemm Gemm => gemm ??= new ManagedGemm(runtime.Calls, this, runtime.Description.ComputeCapability);

    /// <inheritdoc/>
    public void Synchronize()
    {
        runtime.Enter();
        if (IsCapturing)
            throw new GpuException(
                "A stream that captures cannot be waited for: nothing runs before the capture is ended.");
        runtime.Calls.Call("cuStreamSynchronize", Own.Synchronize);
    }

    /// <inheritdoc/>
    public void Wait(IGpuEvent recorded)
    {
        runtime.Enter();
        var given = ManagedCudaRuntime.OwnOf<ManagedEvent>(recorded, "event").Own;
        runtime.Calls.Call("cuStreamWaitEvent", () => Own.WaitEvent(given.Event));
    }

    /// <inheritdoc/>
    public void BeginCapture() => runtime.BeginCapture(this);

    /// <inheritdoc/>
    public IGpuGraph EndCapture() => runtime.EndCapture(this);

    /// <summary>The runtime disposes its default stream itself.</summary>
    public void Dispose()
    {
        if (!isDefault)
            Close();
    }

    /// <summary>Gives everything back.</summary>
    public void Close()
    {
        if (disposed)
            return;
        disposed = true;
        gemm?.Dispose();
        Own.Dispose();
    }
}

/// <summary>An event, with its time.</summary>
internal sealed class ManagedEvent(ManagedCudaRuntime runtime) : IGpuEvent
{
    /// <summary>ManagedCuda's.</summary>
    public CudaEvent Own { get; } = runtime.Calls.Call("cuEventCreate", () => new CudaEvent(CUEventFlags.Default));

    /// <inheritdoc/>
    public void Record(IGpuStream stream)
    {
        var target = ManagedCudaRuntime.OwnOf<ManagedStream>(stream, "stream").Own;
        runtime.Enter();
        runtime.Calls.Call("cuEventRecord", () => Own.Record(target.Stream));
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        runtime.Enter();
        runtime.Calls.Call("cuEventSynchronize", Own.Synchronize);
    }

    /// <inheritdoc/>
    public double MillisecondsSince(IGpuEvent start)
    {
        runtime.Enter();
        var from = ManagedCudaRuntime.OwnOf<ManagedEvent>(start, "event").Own;
        return runtime.Calls.Call("cuEventElapsedTime", () => CudaEvent.ElapsedTime(from, Own));
    }

    /// <inheritdoc/>
    public void Dispose() => Own.Dispose();
}

/// <summary>A captured graph, with the memory that its nodes use.</summary>
internal sealed class ManagedGraph(ManagedCudaRuntime runtime, CUgraphExec executable, GraphBlocks blocks) : IGpuGraph
{
    private bool disposed;

    /// <inheritdoc/>
    public void Launch(IGpuStream stream)
    {
        var target = runtime.Enter(stream);
        runtime.Calls.LastKernel = "one of a captured graph";
        runtime.Calls.Check(
            DriverAPINativeMethods.GraphManagment.cuGraphLaunch(executable, target.Own.Stream), "cuGraphLaunch");
    }

    /// <summary>The caller has waited for its last launch.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        _ = DriverAPINativeMethods.GraphManagment.cuGraphExecDestroy(executable);
        runtime.Close(blocks);
    }
}

/// <summary>
/// A stream's cuBLAS with a workspace of its own, which is what cuBLAS asks for to give the same bits in every run.
/// </summary>
internal sealed class ManagedGemm : IDisposable
{
    private readonly ManagedCalls calls;
    private readonly CudaBlas blas;
    private readonly CudaDeviceVariable<byte> workspace;

    public ManagedGemm(ManagedCalls calls, ManagedStream stream, Version capability)
    {
        this.calls = calls;
        blas = calls.Call("cublasCreate", () => new CudaBlas(PointerMode.Host, AtomicsMode.NotAllowed));
        try
        {
            workspace = calls.Call(
                "cuMemAlloc, cuBLAS's workspace",
                () => new CudaDeviceVariable<byte>(Driver.CudaGemm.WorkspaceBytes(capability)));
            calls.Call("cublasSetStream, its workspace and its mode", () =>
            {
                // The workspace after the stream: setting the stream takes it away.
                blas.Stream = stream.Own.Stream;
                blas.SetWorkspace(workspace);
                blas.MathMode = ManagedCuda.CudaBlas.Math.PedanticMath;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The product. cuBLAS counts columns first, hence is given B first.</summary>
    public void Run(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c)
    {
        var (left, right) = (Operation(shape.TransposeB), Operation(shape.TransposeA));
        var (ldA, ldB) = (System.Math.Max(1, shape.LdA), System.Math.Max(1, shape.LdB));
        var (x, y, z) = (Address(b), Address(a), Address(c));
        double alpha64 = shape.Alpha, beta64 = shape.Beta;
        float alpha32 = (float)alpha64, beta32 = (float)beta64;
        calls.LastKernel = "a matrix product of cuBLAS";
        var status = shape.DType switch
        {
            DType.Float32 => CudaBlasNativeMethods.cublasSgemmStridedBatched(
                blas.CublasHandle, left, right, shape.N, shape.M, shape.K, ref alpha32, x, ldB, shape.StrideB,
                y, ldA, shape.StrideA, ref beta32, z, shape.LdC, shape.StrideC, shape.Batch),
            DType.Float64 => CudaBlasNativeMethods.cublasDgemmStridedBatched(
                blas.CublasHandle, left, right, shape.N, shape.M, shape.K, ref alpha64, x, ldB, shape.StrideB,
                y, ldA, shape.StrideA, ref beta64, z, shape.LdC, shape.StrideC, shape.Batch),
            _ => throw new ArgumentOutOfRangeException(nameof(shape), $"There is no matrix product of {shape.DType}."),
        };
        if (status == CublasStatus.Success)
            return;
        // A kernel's fault shows up here too, and the driver knows which.
        calls.Check(DriverAPINativeMethods.ContextManagement.cuCtxSynchronize(), $"A cuBLAS product ({status})");
        throw new GpuException(
            $"A cuBLAS product ({shape.DType}, {shape.Batch} x {shape.M} x {shape.N} x {shape.K}) failed: {status}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        blas.Dispose();
        workspace?.Dispose();
    }

    private static Operation Operation(bool transpose) =>
        transpose ? ManagedCuda.CudaBlas.Operation.Transpose : ManagedCuda.CudaBlas.Operation.NonTranspose;

    private static CUdeviceptr Address(DevicePointer pointer) => new() { Pointer = pointer.Address };
}
