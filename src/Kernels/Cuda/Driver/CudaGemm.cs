using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// A stream's cuBLAS. Each stream has a handle and a workspace of its own, which is what cuBLAS asks for to give the
/// same bits in every run; the workspace is set after the stream, since setting the stream takes it away.
/// </summary>
internal sealed unsafe class CudaGemm : IDisposable
{
    private readonly CudaContext context;
    private readonly ICublas blas;
    private readonly CudaMemoryHandle workspace;
    private readonly CublasHandle handle;

    /// <summary>Makes a handle.</summary>
    public CudaGemm(CudaContext context, ICublas blas, CudaStreamHandle stream, Version capability)
    {
        this.context = context;
        this.blas = blas;
        var bytes = WorkspaceBytes(capability);
        ulong address;
        context.Check(
            context.Driver.MemAlloc(&address, (nuint)bytes),
            $"cuMemAlloc({CudaNames.Bytes(bytes)}, cuBLAS's workspace)");
        workspace = new CudaMemoryHandle(context.Handle, address);
        try
        {
            nint created;
            Check(blas.Create(&created), $"cublasCreate");
            handle = new CublasHandle(context.Handle, blas, created, stream, workspace);
            Check(blas.SetStream(handle, stream), $"cublasSetStream");
            Check(blas.SetWorkspace(handle, address, (nuint)bytes), $"cublasSetWorkspace");
            Check(blas.SetMathMode(handle, CublasMath.Pedantic), $"cublasSetMathMode(CUBLAS_PEDANTIC_MATH)");
            Check(
                blas.SetAtomicsMode(handle, CublasAtomics.NotAllowed),
                $"cublasSetAtomicsMode(CUBLAS_ATOMICS_NOT_ALLOWED)");
        }
        catch
        {
            handle?.Dispose();
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>Device memory that products use.</summary>
    public SafeHandle Workspace => workspace;

    /// <summary>What NVIDIA recommends: 32 MiB from Hopper on, 4 MiB before.</summary>
    public static long WorkspaceBytes(Version capability) => capability.Major >= 9 ? 32L << 20 : 4L << 20;

    /// <summary>
    /// The product. cuBLAS counts columns first: it sees each row-major matrix transposed, so it is asked for
    /// the transposed product, op(B)ᵀ op(A)ᵀ, by giving it B first. While the stream captures nothing is waited for.
    /// </summary>
    public void Run(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, bool capturing)
    {
        var (type, compute) = shape.DType switch
        {
            DType.Float32 => (CublasData.Float32, CublasCompute.Float32Pedantic),
            DType.Float64 => (CublasData.Float64, CublasCompute.Float64Pedantic),
            _ => throw new ArgumentOutOfRangeException(nameof(shape), $"There is no matrix product of {shape.DType}."),
        };
        double alpha64 = shape.Alpha, beta64 = shape.Beta;
        float alpha32 = (float)alpha64, beta32 = (float)beta64;
        var single = type == CublasData.Float32;
        var status = blas.GemmStridedBatchedEx(
            handle, Operation(shape.TransposeB), Operation(shape.TransposeA), shape.N, shape.M, shape.K,
            single ? &alpha32 : &alpha64, b.Address, type, Math.Max(1, shape.LdB), shape.StrideB,
            a.Address, type, Math.Max(1, shape.LdA), shape.StrideA, single ? &beta32 : &beta64,
            c.Address, type, shape.LdC, shape.StrideC, shape.Batch, compute, CublasAlgorithm.Default);
        context.LastKernel = "a matrix product of cuBLAS";
        Check(
            status, $"cublasGemmStridedBatchedEx({shape.DType}, {shape.Batch} x {shape.M} x {shape.N} x {shape.K})",
            capturing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        handle.Dispose();
        workspace.Dispose();
    }

    private static CublasOperation Operation(bool transpose) =>
        transpose ? CublasOperation.Transpose : CublasOperation.None;

    private void Check(
        CublasStatus status, [InterpolatedStringHandlerArgument(nameof(status))] ref CallText call, bool capturing = false)
    {
        if (status != CublasStatus.Success)
            Throw(status, call.Text(), capturing);
    }

    [DoesNotReturn]
    private void Throw(CublasStatus status, string call, bool capturing)
    {
        var known = Marshal.PtrToStringUTF8((nint)blas.GetStatusName(status)) ?? "a status that cuBLAS does not name";
        var name = string.Create(CultureInfo.InvariantCulture, $"{known} ({(int)status})");
        if (status == CublasStatus.AllocFailed)
            throw context.OutOfMemory(call, name);
        // A kernel's fault shows up here too, and the driver knows which.
        if (!capturing && status is (CublasStatus.ExecutionFailed or CublasStatus.InternalError))
            context.Check(context.Driver.CtxSynchronize(), $"{call} failed: {name}; cuCtxSynchronize");
        throw new GpuException($"{call} failed: {name}.");
    }
}
