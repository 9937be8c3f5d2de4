using System.Runtime.InteropServices;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// cuBLAS in C#, counting columns first as it does, with plain loops; it works at once, on the fake driver's memory.
/// </summary>
internal sealed unsafe class FakeCublas(FakeDriver driver) : ICublas
{
    private static readonly nint StatusName = Marshal.StringToCoTaskMemUTF8("CUBLAS_STATUS_FAKE");

    private bool hasWorkspace;

    /// <summary>What the next call of an entry point answers.</summary>
    public Dictionary<string, CublasStatus> Failures { get; } = [];

    public List<string> Calls { get; } = [];

    /// <summary>cuBLAS 12.4.5.</summary>
    public LoadedCublas Loaded => LoadedCublas.Of(this);

    public int Handles { get; private set; }

    public CublasStatus GetProperty(CublasProperty property, int* value)
    {
        *value = property switch { CublasProperty.Major => 12, CublasProperty.Minor => 4, _ => 5 };
        return Answer("GetProperty");
    }

    public byte* GetStatusName(CublasStatus status) => (byte*)StatusName;

    public CublasStatus Create(nint* handle)
    {
        var status = Answer("Create");
        *handle = status == CublasStatus.Success ? 0xB1A5 + Handles++ : 0;
        return status;
    }

    public CublasStatus Destroy(nint handle)
    {
        Handles--;
        return Answer("Destroy");
    }

    public CublasStatus SetStream(CublasHandle handle, CudaStreamHandle stream)
    {
        hasWorkspace = false;
        return Answer("SetStream");
    }

    public CublasStatus SetWorkspace(CublasHandle handle, ulong workspace, nuint bytes)
    {
        hasWorkspace = true;
        return Answer($"SetWorkspace({bytes})");
    }

    public CublasStatus SetMathMode(CublasHandle handle, CublasMath mode) => Answer($"SetMathMode({mode})");

    public CublasStatus SetAtomicsMode(CublasHandle handle, CublasAtomics mode) => Answer($"SetAtomicsMode({mode})");

    public CublasStatus GemmStridedBatchedEx(
        CublasHandle handle, CublasOperation operationA, CublasOperation operationB, int m, int n, int k, void* alpha,
        ulong a, CublasData typeA, int ldA, long strideA, ulong b, CublasData typeB, int ldB, long strideB, void* beta,
        ulong c, CublasData typeC, int ldC, long strideC, int batchCount, CublasCompute compute,
        CublasAlgorithm algorithm)
    {
        var rowsA = operationA == CublasOperation.None ? m : k;
        var rowsB = operationB == CublasOperation.None ? k : n;
        // What cuBLAS itself refuses.
        if (ldA < Math.Max(1, rowsA) || ldB < Math.Max(1, rowsB) || ldC < Math.Max(1, m))
            return CublasStatus.InvalidValue;
        if (!hasWorkspace)
            driver.Violations.Add("cuBLAS was used without its workspace.");
        if (k == 0)
            driver.Violations.Add("cuBLAS was asked for sums of nothing.");
        var exact = typeC == CublasData.Float32 ? CublasCompute.Float32Pedantic : CublasCompute.Float64Pedantic;
        if (typeA != typeB || typeB != typeC || compute != exact)
            driver.Violations.Add($"cuBLAS was asked for {typeA}, {typeB}, {typeC} in {compute}.");
        if (typeC == CublasData.Float32)
            Multiply(*(float*)alpha, (float*)a, (float*)b, *(float*)beta, (float*)c);
        else
            Multiply(*(double*)alpha, (double*)a, (double*)b, *(double*)beta, (double*)c);
        return Answer($"Gemm({operationA}, {operationB}, {m}, {n}, {k})");

        void Multiply<T>(T alpha, T* a, T* b, T beta, T* c)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            for (long batch = 0; batch < batchCount; batch++)
            for (long column = 0; column < n; column++)
            for (long row = 0; row < m; row++)
            {
                var sum = T.Zero;
                for (long i = 0; i < k; i++)
                {
                    var left = operationA == CublasOperation.None ? row + i * ldA : i + row * ldA;
                    var right = operationB == CublasOperation.None ? i + column * ldB : column + i * ldB;
                    sum += a[batch * strideA + left] * b[batch * strideB + right];
                }
                var target = c + batch * strideC + row + column * ldC;
                *target = beta == T.Zero ? alpha * sum : alpha * sum + beta * *target;
            }
        }
    }

    private CublasStatus Answer(string call)
    {
        Calls.Add(call);
        return Failures.Remove(call.Split('(')[0], out var status) ? status : CublasStatus.Success;
    }
}
