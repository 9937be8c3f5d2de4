namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>cublasStatus_t: the values that are acted on by name. cuBLAS names the others.</summary>
internal enum CublasStatus
{
    Success = 0,
    NotInitialized = 1,
    AllocFailed = 3,
    InvalidValue = 7,
    ArchMismatch = 8,
    ExecutionFailed = 13,
    InternalError = 14,
    NotSupported = 15,
}

/// <summary>cublasOperation_t.</summary>
internal enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary>cublasMath_t: no tensor cores, no TF32, no emulation.</summary>
internal enum CublasMath
{
    Pedantic = 2,
}

/// <summary>cublasAtomicsMode_t: no sums in an order that chance decides.</summary>
internal enum CublasAtomics
{
    NotAllowed = 0,
}

/// <summary>cublasComputeType_t.</summary>
internal enum CublasCompute
{
    Float32Pedantic = 69,
    Float64Pedantic = 71,
}

/// <summary>cudaDataType.</summary>
internal enum CublasData
{
    Float32 = 0,
    Float64 = 1,
}

/// <summary>cublasGemmAlgo_t: the library's own choice.</summary>
internal enum CublasAlgorithm
{
    Default = -1,
}

/// <summary>libraryPropertyType.</summary>
internal enum CublasProperty
{
    Major = 0,
    Minor = 1,
    Patch = 2,
}

/// <summary>The entry points of cuBLAS that are used, under their names without "cublas".</summary>
internal unsafe interface ICublas
{
    CublasStatus GetProperty(CublasProperty property, int* value);

    /// <summary>A static text: no status.</summary>
    byte* GetStatusName(CublasStatus status);

    CublasStatus Create(nint* handle);

    CublasStatus Destroy(nint handle);

    CublasStatus SetStream(CublasHandle handle, CudaStreamHandle stream);

    CublasStatus SetWorkspace(CublasHandle handle, ulong workspace, nuint bytes);

    CublasStatus SetMathMode(CublasHandle handle, CublasMath mode);

    CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomics mode);

    CublasStatus GemmStridedBatchedEx(
        CublasHandle handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k, void* alpha,
        ulong a, CublasData typeA, int ldA, long strideA, ulong b, CublasData typeB, int ldB, long strideB, void* beta,
        ulong c, CublasData typeC, int ldC, long strideC, int batchCount, CublasCompute compute,
        CublasAlgorithm algorithm);
}

/// <summary>cublasHandle_t. It keeps its stream and its workspace.</summary>
internal sealed class CublasHandle(
    CudaContextHandle context, ICublas blas, nint value, CudaStreamHandle stream, CudaMemoryHandle workspace)
    : CudaHandle(context, value, stream, workspace)
{
    /// <inheritdoc/>
    protected override CudaStatus Destroy(ICudaDriver driver, nint value) =>
        blas.Destroy(value) == CublasStatus.Success ? CudaStatus.Success : CudaStatus.Unknown;
}
