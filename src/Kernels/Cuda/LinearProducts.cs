namespace ZfNet.Kernels.Cuda;

/// <summary>The matrix products of a linear layer.</summary>
internal static class LinearProducts
{
    /// <summary>y [n, out] = x [n, in] * w^T [in, out].</summary>
    public static GemmShape Forward(LinearGeometry g, DType dtype) => new()
    {
        DType = dtype, M = g.N, N = g.Out, K = g.In, TransposeB = true, LdA = Ld(g.In), LdB = Ld(g.In), LdC = Ld(g.Out),
    };

    /// <summary>dx [n, in] = dy [n, out] * w [out, in].</summary>
    public static GemmShape BackwardInput(LinearGeometry g, DType dtype) => new()
    {
        DType = dtype, M = g.N, N = g.In, K = g.Out, LdA = Ld(g.Out), LdB = Ld(g.In), LdC = Ld(g.In),
    };

    /// <summary>dw [out, in] = dy^T [out, n] * x [n, in].</summary>
    public static GemmShape BackwardWeight(LinearGeometry g, DType dtype) => new()
    {
        DType = dtype, M = g.Out, N = g.In, K = g.N, TransposeA = true, LdA = Ld(g.Out), LdB = Ld(g.In), LdC = Ld(g.In),
    };

    // A matrix without columns still has rows that lie apart.
    private static int Ld(int columns) => Math.Max(1, columns);
}
