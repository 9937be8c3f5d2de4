namespace ZfNet.Kernels.Cuda;

/// <summary>
/// Convolutions by matrix products over columns (im2col), a few samples at a time so that the columns fit the
/// workspace. Where x itself is the matrix of columns (1x1, stride 1) there are none. Sums run in an order that the
/// shape and the workspace set.
/// </summary>
internal sealed class CudaConvolution(CudaKernels kernels, CudaMemory memory)
{
    /// <summary>Bytes that the columns may take at once, unless told otherwise.</summary>
    public const long DefaultWorkspace = 256L << 20;

    /// <summary>Bytes that the columns may take at once; a single sample may take more.</summary>
    public long Workspace { get; set; } = DefaultWorkspace;

    /// <summary>Whether products run on our own kernels and not the runtime's.</summary>
    public bool OwnGemm { get; set; }

    /// <summary>y = conv(x, w).</summary>
    public void Forward(in ConvolutionShape s, DType dtype, DevicePointer x, DevicePointer w, DevicePointer y,
        IGpuStream stream)
    {
        if (s.IsPointwise)
        {
            Multiply(s, dtype, s.Geometry.N, w, x, y, stream);
            return;
        }
        var chunk = Chunk(s, dtype, Columns(s, dtype), Workspace);
        using var columns = memory.Allocate(chunk * Columns(s, dtype) * dtype.Size());
        for (var n = 0; n < s.Geometry.N && s.Positions > 0; n += chunk)
        {
            var batch = Math.Min(chunk, s.Geometry.N - n);
            kernels.Im2Col(
                dtype, s, batch, sideBySide: false, x + n * s.InputSample * dtype.Size(), columns.Pointer, stream);
            Multiply(s, dtype, batch, w, columns.Pointer, y + n * s.OutputSample * dtype.Size(), stream);
        }
    }

    /// <summary>dx = each dy spread over its window by w.</summary>
    public void BackwardInput(in ConvolutionShape s, DType dtype, DevicePointer dy, DevicePointer w, DevicePointer dx,
        IGpuStream stream)
    {
        if (s.IsPointwise)
        {
            MultiplyTransposed(s, dtype, s.Geometry.N, w, dy, dx, stream);
            return;
        }
        var chunk = Chunk(s, dtype, Columns(s, dtype), Workspace);
        using var columns = memory.Allocate(chunk * Columns(s, dtype) * dtype.Size());
        for (var n = 0; n < s.Geometry.N; n += chunk)
        {
            var batch = Math.Min(chunk, s.Geometry.N - n);
            MultiplyTransposed(s, dtype, batch, w, dy + n * s.OutputSample * dtype.Size(), columns.Pointer, stream);
            kernels.Col2Im(dtype, s, batch, columns.Pointer, dx + n * s.InputSample * dtype.Size(), stream);
        }
    }

    /// <summary>dw = each dy times its window, summed over batch and positions.</summary>
    public void BackwardWeight(in ConvolutionShape s, DType dtype, DevicePointer x, DevicePointer dy, DevicePointer dw,
        IGpuStream stream)
    {
        var g = s.Geometry;
        if (g.N == 0 || s.Positions == 0)
        {
            kernels.Runtime.Fill(dw, 0, (long)g.Cout * s.Taps * dtype.Size(), stream);
            return;
        }
        if (s.IsPointwise)
        {
            for (var n = 0; n < g.N; n++)
            {
                AddProducts(
                    s, dtype, 1, n > 0, dy + n * s.OutputSample * dtype.Size(), x + n * s.InputSample * dtype.Size(),
                    dw, stream);
            }
            return;
        }
        // One matrix for all samples of a chunk: a long sum, for which dy is turned to channels first.
        var chunk = Chunk(s, dtype, Columns(s, dtype) + s.OutputSample, Workspace);
        using var columns = memory.Allocate(chunk * Columns(s, dtype) * dtype.Size());
        using var turned = memory.Allocate(
            chunk > 1 ? (long)g.Cout * GradientRow(s, dtype, chunk) * dtype.Size() : 0);
        for (var n = 0; n < g.N; n += chunk)
        {
            var batch = Math.Min(chunk, g.N - n);
            kernels.Im2Col(
                dtype, s, batch, sideBySide: true, x + n * s.InputSample * dtype.Size(), columns.Pointer, stream);
            var gradient = dy + n * s.OutputSample * dtype.Size();
            if (batch > 1)
            {
                kernels.CopyStrided(
                    dtype, [g.Cout, batch, s.Positions], gradient, [s.Positions, s.OutputSample, 1], turned.Pointer,
                    [GradientRow(s, dtype, batch), s.Positions, 1], stream);
                gradient = turned.Pointer;
            }
            AddProducts(s, dtype, batch, n > 0, gradient, columns.Pointer, dw, stream);
        }
    }

    /// <summary>A matrix product: the runtime's, or our own.</summary>
    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream)
    {
        if (shape.M == 0 || shape.N == 0 || shape.Batch == 0)
            return;
        // Sums of nothing are ours: what cuBLAS makes of them is not said anywhere.
        if (OwnGemm || shape.K == 0)
            kernels.TiledGemm(shape, a, b, c, stream);
        else
            kernels.Runtime.Gemm(shape, a, b, c, stream);
    }

    /// <summary>Samples at once, whose positions side by side are counted in 32 bits.</summary>
    public static int Chunk(in ConvolutionShape s, DType dtype, long elementsPerSample, long workspace)
    {
        var fitting = workspace / Math.Max(1, elementsPerSample * dtype.Size());
        // A row of packs is a little longer than the positions.
        var counted = (int.MaxValue - 16) / Math.Max(1, s.Positions);
        return (int)Math.Clamp(Math.Min(fitting, counted), 1, Math.Max(1, s.Geometry.N));
    }

    /// <summary>Elements of a sample's columns, of all groups.</summary>
    public static long Columns(in ConvolutionShape s, DType dtype) =>
        (long)s.Geometry.Groups * s.Taps * ColumnRow(s, dtype, 1);

    /// <summary>y [filters, positions] = w [filters, taps] * columns [taps, positions], for each sample.</summary>
    public static GemmShape ForwardProduct(in ConvolutionShape s, DType dtype, int batch) => new()
    {
        DType = dtype, M = s.Filters, N = s.Positions, K = s.Taps, LdA = s.Taps, LdB = ColumnRow(s, dtype, 1),
        LdC = s.Positions, Batch = batch, StrideB = Columns(s, dtype), StrideC = s.OutputSample,
    };

    /// <summary>columns [taps, positions] = w^T [taps, filters] * dy [filters, positions], for each sample.</summary>
    public static GemmShape BackwardInputProduct(in ConvolutionShape s, DType dtype, int batch) => new()
    {
        DType = dtype, M = s.Taps, N = s.Positions, K = s.Filters, TransposeA = true, LdA = s.Taps, LdB = s.Positions,
        LdC = ColumnRow(s, dtype, 1), Batch = batch, StrideB = s.OutputSample, StrideC = Columns(s, dtype),
    };

    /// <summary>
    /// dw [filters, taps] (+)= dy [filters, batch * positions] * columns^T [batch * positions, taps].
    /// </summary>
    public static GemmShape BackwardWeightProduct(in ConvolutionShape s, DType dtype, int batch, bool add) => new()
    {
        DType = dtype, M = s.Filters, N = s.Taps, K = batch * s.Positions, TransposeB = true,
        LdA = GradientRow(s, dtype, batch), LdB = ColumnRow(s, dtype, batch), LdC = s.Taps, Beta = add ? 1 : 0,
    };

    // Elements from a row of columns to the next; x's own where x is the columns.
    private static int ColumnRow(in ConvolutionShape s, DType dtype, int batch) =>
        s.IsPointwise ? batch * s.Positions : CudaIm2Col.RowStride(dtype, batch * s.Positions);

    // The same for dy: its own, or where samples were turned to lie side by side.
    private static int GradientRow(in ConvolutionShape s, DType dtype, int batch) =>
        batch == 1 ? s.Positions : CudaIm2Col.RowStride(dtype, batch * s.Positions);

    // Forward products, for each sample and group.
    private void Multiply(in ConvolutionShape s, DType dtype, int batch, DevicePointer w, DevicePointer columns,
        DevicePointer y, IGpuStream stream)
    {
        var product = ForwardProduct(s, dtype, batch);
        for (var group = 0; group < s.Geometry.Groups; group++)
        {
            Gemm(
                product, Filters(s, dtype, w, group), Part(columns, group, s.Taps, product.LdB, dtype),
                Part(y, group, s.Filters, product.LdC, dtype), stream);
        }
    }

    // Products back to columns, for each sample and group.
    private void MultiplyTransposed(
        in ConvolutionShape s, DType dtype, int batch, DevicePointer w, DevicePointer dy, DevicePointer columns,
        IGpuStream stream)
    {
        var product = BackwardInputProduct(s, dtype, batch);
        for (var group = 0; group < s.Geometry.Groups; group++)
        {
            Gemm(
                product, Filters(s, dtype, w, group), Part(dy, group, s.Filters, product.LdB, dtype),
                Part(columns, group, s.Taps, product.LdC, dtype), stream);
        }
    }

    // A chunk's part of dw, for each group.
    private void AddProducts(
        in ConvolutionShape s, DType dtype, int batch, bool add, DevicePointer dy, DevicePointer columns,
        DevicePointer dw, IGpuStream stream)
    {
        var product = BackwardWeightProduct(s, dtype, batch, add);
        for (var group = 0; group < s.Geometry.Groups; group++)
        {
            Gemm(
                product, Part(dy, group, s.Filters, product.LdA, dtype),
                Part(columns, group, s.Taps, product.LdB, dtype), Filters(s, dtype, dw, group), stream);
        }
    }

    private static DevicePointer Filters(in ConvolutionShape s, DType dtype, DevicePointer w, int group) =>
        Part(w, group, s.Filters, s.Taps, dtype);

    // A group's rows of a matrix.
    private static DevicePointer Part(DevicePointer matrix, int group, int rows, int row, DType dtype) =>
        matrix + (long)group * rows * row * dtype.Size();
}
