using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// A convolution as a matrix product that packs its right-hand side straight from the copied planes: y [M x grid] =
/// A [M x K] times the shifted planes [K x grid], for every image. The forward pass, and each phase of the gradient of
/// the input, is one of these.
/// </summary>
/// <remarks>
/// A task is one image and one block of grid columns (and, when there are too few, one part of the rows). For every
/// slice of the sum it packs its panels of B into scratch that stays in L2 and multiplies them with the packed A, so no
/// im2col exists. All of an element's arithmetic happens inside one task in a fixed order: the result does not depend
/// on the number of threads.
/// </remarks>
internal unsafe struct PlaneConvolution
{
    public MicroKernel Kernel;

    /// <summary>A packed by slices of the sum, then by panels (<see cref="PackedOperand"/>).</summary>
    public float* A;

    public nint Rows;
    public nint K;

    /// <summary>The matrix of the first image; the others follow by <see cref="ImageStride"/>.</summary>
    public ShiftedMatrix B;

    /// <summary>Floats between images in the copied planes.</summary>
    public nint ImageStride;

    public nint Images;

    /// <summary>Output cell (row 0, grid 0, image 0).</summary>
    public float* Output;

    /// <summary>Floats between images, between rows of A, between grid rows and between grid columns of the output.</summary>
    public nint OutputImage, OutputPlane, OutputRow, OutputColumn;

    /// <summary>One value a row of A, or null.</summary>
    public float* Bias;

    public bool Relu;

    /// <summary>Rectifies, adds the bias, convolves.</summary>
    public void Run(WorkerPool pool)
    {
        if (Rows == 0 || B.Columns == 0 || Images == 0)
            return;
        var panels = Kernel.ColumnPanels(B.Columns);
        var slice = Kernel.KSlice(K);
        var atOnce = Kernel.PanelsAtOnce(slice);
        var blocks = (panels + atOnce - 1) / atOnce;
        // Enough tasks for an even load: smaller column blocks first (but every block walks over all of A, so not too
        // small), then parts of the rows.
        while (Images * blocks < 4 * pool.Threads && blocks * 4 < panels)
            blocks++;
        nint parts = 1;
        var rowPanels = Kernel.RowPanels(Rows);
        if (pool.Threads > 1 && Images * blocks < 2 * pool.Threads)
            parts = Math.Min(Math.Max(1, rowPanels / 4), (2 * pool.Threads + Images * blocks - 1) / (Images * blocks));
        var largest = (panels + blocks - 1) / blocks;
        var direct = OutputColumn == 1 && OutputRow == B.GridColumns;
        var packedFloats = largest * Kernel.Columns * slice + 16;
        var tileFloats = direct ? 0 : Rows * largest * Kernel.Columns;
        var perWorker = Scratch.Apart(packedFloats + tileFloats);
        using var scratch = new Scratch(perWorker * pool.Threads);
        fixed (PlaneConvolution* job = &this)
        {
            pool.Run(Images * blocks * parts, new Body
            {
                Job = job,
                Panels = panels,
                Blocks = blocks,
                Parts = parts,
                RowPanels = rowPanels,
                Slice = slice,
                Scratch = scratch.Floats,
                PerWorker = perWorker,
                PackedFloats = packedFloats,
                Direct = direct,
            });
        }
    }

    private struct Body : IParallelBody
    {
        public PlaneConvolution* Job;
        public nint Panels;
        public nint Blocks;
        public nint Parts;
        public nint RowPanels;
        public nint Slice;
        public float* Scratch;
        public nint PerWorker;
        public nint PackedFloats;
        public bool Direct;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var block = (nint)index % Blocks;
            var part = (nint)index / Blocks % Parts;
            var image = (nint)index / Blocks / Parts;
            int nr = job->Kernel.Columns, mr = job->Kernel.Rows;
            nint firstPanel = Panels * block / Blocks, endPanel = Panels * (block + 1) / Blocks;
            var column = firstPanel * nr;
            var columns = Math.Min(job->B.Columns, endPanel * nr) - column;
            var row = RowPanels * part / Parts * mr;
            var rows = Math.Min(job->Rows, RowPanels * (part + 1) / Parts * mr) - row;
            var packed = Scratch + worker * PerWorker;
            var matrix = job->B;
            matrix.Source += image * job->ImageStride;
            var output = job->Output + image * job->OutputImage + row * job->OutputPlane;

            BlockProduct product = default;
            product.Kernel = job->Kernel;
            product.B = packed;
            product.Rows = rows;
            product.Columns = columns;
            product.C = Direct ? output + column : packed + PackedFloats;
            product.Ldc = Direct ? job->OutputPlane : columns;
            product.RowBias = job->Bias == null ? null : job->Bias + row;
            for (nint k = 0; k < job->K; k += Slice)
            {
                var length = Math.Min(Slice, job->K - k);
                for (var panel = firstPanel; panel < endPanel; panel++)
                    matrix.PackPanel(panel * nr, nr, k, length, packed + (panel - firstPanel) * nr * length);
                product.A = job->A + RowPanels * mr * k + row * length;
                product.K = length;
                product.Mode = k > 0 ? TileMode.Accumulate : TileMode.None;
                if (k + length >= job->K)
                    product.Mode |= (job->Bias != null ? TileMode.RowBias : 0) | (job->Relu ? TileMode.Relu : 0);
                product.Run();
            }
            if (!Direct)
                job->Scatter(product.C, product.Ldc, rows, column, columns, output);
        }
    }

    /// <summary>Copies a block whose cells do not lie side by side in the output (a phase of a strided gradient).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Scatter(float* block, nint ldc, nint rows, nint column, nint columns, float* output)
    {
        for (nint i = 0; i < rows; i++, block += ldc, output += OutputPlane)
        {
            nint y = column / B.GridColumns, x = column % B.GridColumns;
            for (nint j = 0; j < columns; j++)
            {
                output[y * OutputRow + x * OutputColumn] = block[j];
                if (++x == B.GridColumns)
                {
                    x = 0;
                    y++;
                }
            }
        }
    }
}
