using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// The gradient of a convolution's weights with as few multiplications as <see cref="WinogradConvolution"/> takes for the
/// forward pass, whose transpose it is: dg = Gt [(A dY At) * (Bt d B)] G, summed over the tiles of all images.
/// </summary>
/// <remarks>
/// Every tile of dy becomes P = A dY At, every window of x becomes V = Bt d B, with channels as lanes, so that they are written as the
/// panels that the micro-kernel reads. Then a task owns some output and input channels: their products over tiles, dU = P Vt of every
/// cell, stay in L2 until they are transformed to dw = Gt dU G. Each step's order depends on the shape alone.
/// </remarks>
internal static unsafe class WinogradBackwardWeight
{
    private const int MaxCells = 36;

    /// <summary>Input channels of a task, about: wide enough to reuse the rows of P that it reads.</summary>
    private const int BlockColumns = 32;

    /// <summary>dw = the gradient of w, summed over the batch.</summary>
    public static void Run(KernelContext context, in WinogradConvolution.Shape shape, float* x, float* dy, float* dw)
    {
        switch (shape.Tile)
        {
            case WinogradConvolution.Tile.F2x3:
                Run<WinogradF2x3>(context, shape, x, dy, dw);
                break;
            case WinogradConvolution.Tile.F4x3:
                Run<WinogradSixPoints<FourOutputs>>(context, shape, x, dy, dw);
                break;
            default:
                Run<WinogradSixPoints<TwoOutputs>>(context, shape, x, dy, dw);
                break;
        }
    }

    private static void Run<TTile>(KernelContext context, in WinogradConvolution.Shape shape, float* x, float* dy, float* dw)
        where TTile : struct, IWinogradTile
    {
        int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1, cells = size * size;
        var kernel = context.Kernel;
        // As many as a forward pass, but of both operands: V and P take twice its bytes.
        var (mostImages, mostRows) = WinogradConvolution.AtOnce(context, shape, ((long)shape.Cin + shape.Cout) / 2);
        nint tiles = (nint)mostImages * mostRows * shape.TileColumns, threads = context.Pool.Threads;
        int height = mostRows * outputs, width = shape.TileColumns * outputs, overlap = TTile.Taps - 1;
        var windows = new LanePlanes(shape.H, shape.W, shape.PadH, shape.PadW, height + overlap, width + overlap);
        var gradientTiles = new LanePlanes(shape.OH, shape.OW, 0, 0, height, width);
        var job = new Job
        {
            Kernel = kernel,
            Shape = shape,
            InputCell = kernel.ColumnPanels(shape.Cin) * kernel.Columns * tiles + WinogradConvolution.Skew,
            GradientCell = kernel.RowPanels(shape.Cout) * kernel.Rows * tiles + WinogradConvolution.Skew,
            Columns = Math.Max(1, BlockColumns / kernel.Columns) * kernel.Columns,
            Target = dw,
        };
        job.ColumnBlocks = (shape.Cin + job.Columns - 1) / job.Columns;
        nint panels = kernel.RowPanels(shape.Cout), most = Math.Max(1, kernel.FloatsInL2 / (cells * job.Columns) / kernel.Rows);
        var rowBlocks = Math.Min(panels, Math.Max((panels + most - 1) / most, 4 * threads / job.ColumnBlocks));
        job.Rows = (panels + rowBlocks - 1) / rowBlocks * kernel.Rows;
        // An odd number of cache lines, so that a filter's cells spread over the cache sets.
        job.SumCell = (job.Rows * job.Columns / 16 | 1) * 16;
        var planeFloats = Math.Max(windows.Floats * Groups(kernel.Columns), gradientTiles.Floats * Groups(kernel.Rows));
        var perWorker = Scratch.Apart(Math.Max(planeFloats, cells * job.SumCell));
        using var inputs = new Scratch(cells * job.InputCell);
        using var gradients = new Scratch(cells * job.GradientCell);
        using var work = new Scratch(threads * perWorker);
        job.Inputs = inputs.Floats;
        job.Gradients = gradients.Floats;
        job.Work = work.Floats;
        job.PerWorker = perWorker;
        for (var n = 0; n < shape.N; n += mostImages)
        {
            job.Images = Math.Min(mostImages, shape.N - n);
            for (var tileRow = 0; tileRow < shape.TileRows; tileRow += mostRows)
            {
                job.ImageTiles = Math.Min(mostRows, shape.TileRows - tileRow) * shape.TileColumns;
                job.Tiles = (nint)job.Images * job.ImageTiles;
                job.Slice = kernel.KSlice(job.Tiles);
                job.Add = n > 0 || tileRow > 0;
                new TransformBody<TTile>
                {
                    Job = &job, Planes = windows.Below(tileRow * outputs), Window = size, Channels = shape.Cin, Width = kernel.Columns,
                    Source = x + (nint)n * shape.Cin * shape.H * shape.W, Plane = (nint)shape.H * shape.W,
                    Target = job.Inputs, Cell = job.InputCell,
                }.Run(context.Pool);
                new TransformBody<TTile>
                {
                    Job = &job, Planes = gradientTiles.Below(tileRow * outputs), Window = outputs, Channels = shape.Cout, Width = kernel.Rows,
                    Source = dy + (nint)n * shape.Cout * shape.OH * shape.OW, Plane = (nint)shape.OH * shape.OW,
                    Target = job.Gradients, Cell = job.GradientCell, IsGradient = true,
                }.Run(context.Pool);
                context.Pool.Run((shape.Cout + job.Rows - 1) / job.Rows * job.ColumnBlocks, new ProductBody<TTile> { Job = &job });
            }
        }
    }

    private static int Groups(int width) => (width + LanePlanes.Lanes - 1) / LanePlanes.Lanes;

    private struct Job
    {
        public MicroKernel Kernel;
        public WinogradConvolution.Shape Shape;
        public int Images, ImageTiles;

        /// <summary>Tiles of all images, which the products sum over, and the slices of that sum.</summary>
        public nint Tiles, Slice;

        /// <summary>V and P: cell by cell, slice by slice, panel by panel.</summary>
        public float* Inputs, Gradients;
        public nint InputCell, GradientCell;

        /// <summary>Output and input channels of a task, and how many tasks share one block of output channels.</summary>
        public nint Rows, Columns, ColumnBlocks;

        /// <summary>For each worker the planes of a panel's channels, or dU of a task: cell by cell, [Rows x Columns].</summary>
        public float* Work;
        public nint PerWorker, SumCell;

        public float* Target;
        public bool Add;
    }

    /// <summary>The channels of one panel in one image: every tile, in every cell's matrix.</summary>
    private struct TransformBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public Job* Job;
        public LanePlanes Planes;

        /// <summary>Values that a tile reads, one way.</summary>
        public int Window;

        public int Channels;

        /// <summary>Channels of a panel.</summary>
        public int Width;

        public float* Source;

        /// <summary>Floats of a plane of the source.</summary>
        public nint Plane;

        public float* Target;

        /// <summary>Floats between the cells' matrices.</summary>
        public nint Cell;

        public bool IsGradient;

        public readonly void Run(WorkerPool pool) => pool.Run((long)Job->Images * Panels, this);

        private readonly int Panels => (Channels + Width - 1) / Width;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            var job = Job;
            int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1, image = (int)(index / Panels), channel = (int)(index % Panels) * Width;
            int groups = Groups(Width), used = Groups(Math.Min(Width, Channels - channel));
            var planes = job->Work + worker * job->PerWorker;
            nint* offsets = stackalloc nint[MaxCells], lines = stackalloc nint[MaxCells];
            for (var i = 0; i < MaxCells; i++)
            {
                lines[i] = i * LanePlanes.Lanes;
                offsets[i] = Planes.Offset(i / Window, i % Window);
            }
            for (var group = 0; group < used; group++)
            {
                var first = channel + group * LanePlanes.Lanes;
                var lanes = Math.Min(Math.Min(LanePlanes.Lanes, Width), Channels - first);
                Planes.Copy(Source + ((nint)image * Channels + first) * Plane, lanes, planes + group * Planes.Floats);
            }
            var half = stackalloc float[MaxCells * LanePlanes.Lanes];
            var edge = stackalloc float[MaxCells * LanePlanes.Lanes];
            var isWhole = Width % LanePlanes.Lanes == 0;
            for (var tile = 0; tile < job->ImageTiles; tile++)
            {
                var k = (nint)image * job->ImageTiles + tile;
                nint slice = k / job->Slice * job->Slice, length = Math.Min(job->Slice, job->Tiles - slice);
                var (ty, tx) = Math.DivRem(tile, job->Shape.TileColumns);
                var from = planes + Planes.Offset(ty * outputs, tx * outputs);
                var to = Target + (nint)Panels * Width * slice + channel * length + (k - slice) * Width;
                // Lanes too many are overwritten by the tile that follows; after an image's last one, and a slice's, others' values lie.
                var inside = isWhole || (tile + 1 < job->ImageTiles && k + 1 < slice + length);
                for (var group = 0; group < used; group++, from += Planes.Floats, to += LanePlanes.Lanes)
                {
                    var into = inside ? to : edge;
                    var step = inside ? Cell : LanePlanes.Lanes;
                    if (IsGradient)
                    {
                        for (var c = 0; c < outputs; c++)
                            TTile.OutputTransposed(from, offsets + c, outputs, half + c * 8, outputs * 8);
                        for (var r = 0; r < size; r++)
                            TTile.OutputTransposed(half, lines + r * outputs, 1, into + r * size * step, step);
                    }
                    else
                    {
                        for (var c = 0; c < size; c++)
                            TTile.Input(from, offsets + c, size, half + c * 8, size * 8);
                        for (var r = 0; r < size; r++)
                            TTile.Input(half, lines + r * size, 1, into + r * size * step, step);
                    }
                    for (var cell = 0; cell < size * size && !inside; cell++)
                        new ReadOnlySpan<float>(edge + cell * LanePlanes.Lanes, Width).CopyTo(new Span<float>(to + cell * Cell, Width));
                }
                for (var cell = 0; cell < size * size && used < groups; cell++)
                    new Span<float>(to + cell * Cell, (groups - used) * LanePlanes.Lanes).Clear();
            }
        }
    }

    /// <summary>Some output and input channels: dU of every cell, and dw.</summary>
    private struct ProductBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var kernel = job->Kernel;
            int size = TTile.Outputs + TTile.Taps - 1, cells = size * size;
            nint row = (nint)index / job->ColumnBlocks * job->Rows, column = (nint)index % job->ColumnBlocks * job->Columns;
            nint rows = Math.Min(job->Rows, job->Shape.Cout - row), columns = Math.Min(job->Columns, job->Shape.Cin - column);
            nint allRows = kernel.RowPanels(job->Shape.Cout) * kernel.Rows, allColumns = kernel.ColumnPanels(job->Shape.Cin) * kernel.Columns;
            var sums = job->Work + worker * job->PerWorker;
            BlockProduct product = default;
            product.Kernel = kernel;
            product.Rows = kernel.RowPanels(rows) * kernel.Rows;
            product.Columns = kernel.RoundColumns(columns);
            product.Ldc = job->Columns;
            product.UpcomingStride = product.UpcomingColumns = product.Columns;
            for (var cell = 0; cell < cells; cell++)
            {
                product.C = sums + cell * job->SumCell;
                for (nint k = 0; k < job->Tiles; k += job->Slice)
                {
                    product.K = Math.Min(job->Slice, job->Tiles - k);
                    product.A = job->Gradients + cell * job->GradientCell + allRows * k + row * product.K;
                    product.B = job->Inputs + cell * job->InputCell + allColumns * k + column * product.K;
                    product.Upcoming = k + job->Slice < job->Tiles
                        ? product.B + allColumns * product.K
                        : job->Inputs + (cell + 1) * job->InputCell + column * Math.Min(job->Slice, job->Tiles);
                    product.Mode = k > 0 ? TileMode.Accumulate : TileMode.None;
                    product.Run();
                }
            }
            for (nint i = 0; i < rows; i++)
                Transform(sums + i * job->Columns, columns, job->Target + ((row + i) * job->Shape.Cin + column) * TTile.Taps * TTile.Taps);
        }

        /// <summary>One output channel: dw = Gt dU G for every input channel.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Transform(float* u, nint columns, float* target)
        {
            int taps = TTile.Taps, size = TTile.Outputs + taps - 1, count = taps * taps;
            var cell = Job->SumCell;
            var half = stackalloc float[30 * 8];
            var filter = stackalloc float[25 * 8];
            var filters = stackalloc float[8 * 25];
            for (nint channel = 0; channel < columns; channel += 8)
            {
                // Lanes past the last channel hold zeros and are not stored.
                for (var c = 0; c < size; c++)
                    TTile.FilterTransposed(u + channel + c * cell, size * cell, half + c * 8, size * 8);
                for (var r = 0; r < taps; r++)
                    TTile.FilterTransposed(half + r * size * 8, 8, filter + r * taps * 8, 8);
                Packing.PackRows(filter, 8, 1, count, 8, count, filters);
                var floats = (int)Math.Min(8, columns - channel) * count;
                if (Job->Add)
                    RowMath.Add(filters, target, floats);
                else
                    new ReadOnlySpan<float>(filters, floats).CopyTo(new Span<float>(target, floats));
                target += floats;
            }
        }
    }
}
