using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/gemm.cuh</c>: our own matrix product, where cuBLAS is not installed.</summary>
internal static class CudaTiledGemm
{
    private const int Tile = 64; // kGemmTile

    private static readonly KernelFamily Plain = Of("gemm_nn");
    private static readonly KernelFamily TransposedB = Of("gemm_nt");
    private static readonly KernelFamily TransposedA = Of("gemm_tn");
    private static readonly KernelFamily Both = Of("gemm_tt");

    public static IEnumerable<KernelSignature> Signatures =>
    [
        Plain.Float32, Plain.Float64, TransposedB.Float32, TransposedB.Float64,
        TransposedA.Float32, TransposedA.Float64, Both.Float32, Both.Float64,
    ];

    /// <summary>The product that <see cref="GemmShape"/> says.</summary>
    public static void TiledGemm(
        this CudaKernels kernels, in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c,
        IGpuStream stream)
    {
        var family = (shape.TransposeA, shape.TransposeB) switch
        {
            (false, false) => Plain,
            (false, true) => TransposedB,
            (true, false) => TransposedA,
            _ => Both,
        };
        kernels.LaunchBlocks(
            family[shape.DType], Tiles(shape.N), Tiles(shape.M), shape.Batch, stream, shape.M, shape.N, shape.K,
            CudaElementwise.Number(shape.DType, shape.Alpha),
            a, shape.LdA, shape.StrideA, b, shape.LdB, shape.StrideB, CudaElementwise.Number(shape.DType, shape.Beta),
            c, shape.LdC, shape.StrideC, shape.Batch);
    }

    private static long Tiles(int size) => ((long)size + Tile - 1) / Tile;

    private static KernelFamily Of(string stem) => new(
        stem, I32, I32, I32, Real, Pointer, I32, I64, Pointer, I32, I64, Real, Pointer, I32, I64, I32);
}
