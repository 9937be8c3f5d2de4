using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>cuBLAS's exports, as cublas_api.h declares them for 64-bit systems.</summary>
internal static unsafe partial class CublasNative
{
    private const string Library = CudaLibraries.CublasName;

    [LibraryImport(Library, EntryPoint = "cublasGetProperty")]
    public static partial CublasStatus GetProperty(CublasProperty property, int* value);

    [LibraryImport(Library, EntryPoint = "cublasGetStatusName")]
    public static partial byte* GetStatusName(CublasStatus status);

    [LibraryImport(Library, EntryPoint = "cublasCreate_v2")]
    public static partial CublasStatus Create(nint* handle);

    [LibraryImport(Library, EntryPoint = "cublasDestroy_v2")]
    public static partial CublasStatus Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cublasSetStream_v2")]
    public static partial CublasStatus SetStream(CublasHandle handle, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cublasSetWorkspace_v2")]
    public static partial CublasStatus SetWorkspace(CublasHandle handle, ulong workspace, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cublasSetMathMode")]
    public static partial CublasStatus SetMathMode(CublasHandle handle, CublasMath mode);

    [LibraryImport(Library, EntryPoint = "cublasSetAtomicsMode")]
    public static partial CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomics mode);

    [LibraryImport(Library, EntryPoint = "cublasGemmStridedBatchedEx")]
    public static partial CublasStatus GemmStridedBatchedEx(
         CublasHandle handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k,
        void* alpha, ulong a, CublasData typeA, int ldA, long strideA, ulong b, CublasData typeB, int ldB,
        long strideB, void* beta, ulong c, CublasData typeC, int ldC, long strideC, int batchCount,
        CublasCompute compute, CublasAlgorithm algorithm);
}
