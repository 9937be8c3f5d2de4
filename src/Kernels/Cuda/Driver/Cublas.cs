using System.Globalization;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>cuBLAS with its version, or a sentence that says why there is none.</summary>
internal sealed record LoadedCublas(ICublas? Blas, string? Version, string? Missing)
{
    /// <summary>Asks a library for its version.</summary>
    public static unsafe LoadedCublas Of(ICublas blas)
    {
        int major = 0, minor = 0, patch = 0;
        var told = blas.GetProperty(CublasProperty.Major, &major) == CublasStatus.Success
            && blas.GetProperty(CublasProperty.Minor, &minor) == CublasStatus.Success
            && blas.GetProperty(CublasProperty.Patch, &patch) == CublasStatus.Success;
        return told
            ? new LoadedCublas(blas, string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}"), null)
            : new LoadedCublas(null, null, "The cuBLAS on this machine does not tell its version.");
    }
}

/// <summary>The cuBLAS of this machine.</summary>
internal sealed unsafe class Cublas : ICublas
{
    private Cublas()
    {
    }

    /// <summary>The newest one that a driver can run.</summary>
    public static LoadedCublas OfThisMachine(Version driver)
    {
        var library = CudaLibraries.Cublas(driver);
        return library.Handle == 0 ? new LoadedCublas(null, null, library.Missing) : LoadedCublas.Of(new Cublas());
    }

    public CublasStatus GetProperty(CublasProperty property, int* value) => CublasNative.GetProperty(property, value);

    public byte* GetStatusName(CublasStatus status) => CublasNative.GetStatusName(status);

    public CublasStatus Create(nint* handle) => CublasNative.Create(handle);

    public CublasStatus Destroy(nint handle) => CublasNative.Destroy(handle);

    public CublasStatus SetStream(CublasHandle handle, CudaStreamHandle stream) =>
        CublasNative.SetStream(handle, stream);

    public CublasStatus SetWorkspace(CublasHandle handle, ulong workspace, nuint bytes) =>
        CublasNative.SetWorkspace(handle, workspace, bytes);

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) => CublasNative.SetMathMode(handle, mode);

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomics mode) =>
        CublasNative.SetAtomicsMode(handle, mode);

    public CublasStatus GemmStridedBatchedEx(
         CublasHandle handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k,
        void* alpha, ulong a, CublasData typeA, int ldA, long strideA, ulong b, CublasData typeB, int ldB,
        long strideB, void* beta, ulong c, CublasData typeC, int ldC, long strideC, int batchCount,
        CublasCompute compute, CublasAlgorithm algorithm) =>
        CublasNative.GemmStridedBatchedEx(
            handle, operationA, operationB, m, n, k, alpha, a, typeA, ldA, strideA, b, typeB, ldB, strideB, beta, c,
            typeC, ldC, strideC, batchCount, compute, algorithm);
}
