using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// Stride-1 convolutions with fewer multiplications, by Winograd's F(m x m, r x r) (<see cref="IWinogradTile"/>): of 3x3 with
/// 2.25 or 4 times fewer, of 5x5 with 2.8.
/// </summary>
/// <remarks>
/// The output is cut into tiles of m x m. Every tile's window d of every input channel becomes V = Bt d B, every filter g
/// becomes U = G g Gt, and then each of the (m + r - 1)^2 cells is a plain matrix product over channels, M = U V, whose columns
/// are the tiles of all images; the tile is At M A. The copied planes are split by phases of m x m, so that the cells of a
/// window are unit-step shifts and eight tiles are transformed at once, into the panels that the micro-kernel reads. Filters are
/// packed as G g, and become U as they are multiplied: half the memory, and half the bytes read.
/// Three parallel steps, each in an order that depends on the shape of one image alone.
/// </remarks>
internal static unsafe class WinogradConvolution
{
    /// <summary>Products for each transformed channel, of inputs or outputs: below this the transforms cost what the products save.</summary>
    private const long LeastProducts = 16;

    /// <summary>A gradient of filters that sums less is more exact directly, and cheap.</summary>
    private const long LeastPositions = 100;
    private const int MaxCells = 36;

    /// <summary>What an outer cache may hold.</summary>
    private const long CacheBytes = 12L << 20;

    /// <summary>Channels lie side by side in the matrices of all cells: so many together make runs worth fetching.</summary>
    private const int ChannelsPerTask = 4;

    /// <summary>Floats ahead that products are fetched: what one core made mostly lies with the other.</summary>
    private const int AheadFloats = 64;

    /// <summary>Floats between the cells' matrices besides their size: at a multiple of 4 KiB all would share cache sets.</summary>
    internal const int Skew = 272;

    /// <summary>Which minimal algorithm.</summary>
    internal enum Tile
    {
        F2x3,
        F4x3,
        F2x5,
    }

    /// <summary>A convolution as this algorithm sees it: stride 1, dilation 1, one group.</summary>
    public readonly record struct Shape(
        Tile Tile, int N, int Cin, int H, int W, int Cout, int OH, int OW, int PadH, int PadW)
    {
        public int Outputs => Tile == Tile.F4x3 ? 4 : 2;

        public int Taps => Tile == Tile.F2x5 ? 5 : 3;

        /// <summary>Inputs of a tile, one way.</summary>
        public int Size => Outputs + Taps - 1;

        public int Cells => Size * Size;

        public int TileRows => (OH + Outputs - 1) / Outputs;

        public int TileColumns => (OW + Outputs - 1) / Outputs;

        /// <summary>Tiles of one image.</summary>
        public nint Tiles => (nint)TileRows * TileColumns;

        /// <summary>What an image costs: products for each pair of channels.</summary>
        public nint Products => Cells * Round(Tiles);
    }

    /// <summary>Where filter (row, k) lies, source[row * RowStride + k * KStride], or turned by half a turn.</summary>
    public readonly record struct Filters(nint RowStride, nint KStride, bool Flip);

    /// <summary>The forward pass, or null where the direct way is better.</summary>
    public static (Shape Shape, Filters Filters)? Forward(KernelContext context, in Conv2dGeometry g)
    {
        if (!Fits(context, g))
            return null;
        var shape = ForwardShape(g);
        var map = g.PartOf is { } size ? shape with { OH = size.H, OW = size.W } : shape;
        return Cheapest(map) is { } cheapest ? (shape with { Tile = cheapest.Tile }, ForwardFilters(g)) : null;
    }

    /// <summary>The gradient of the input: the convolution of dy with the filters turned and their channels swapped.</summary>
    public static (Shape Shape, Filters Filters)? BackwardInput(KernelContext context, in Conv2dGeometry g) =>
        Fits(context, g) && g.Padding.H < g.Kernel.H && g.Padding.W < g.Kernel.W && Cheapest(BackwardShape(g)) is { } shape
            ? (shape, BackwardFilters(g)) : null;

    /// <summary>The gradient of the filters (<see cref="WinogradBackwardWeight"/>), or null where the direct way is better.</summary>
    public static Shape? BackwardWeight(KernelContext context, in Conv2dGeometry g) =>
        (long)g.N * g.OH * g.OW >= LeastPositions ? Forward(context, g)?.Shape : null;

    internal static Shape ForwardShape(in Conv2dGeometry g) =>
        new(Least(g), g.N, g.Cin, g.H, g.W, g.Cout, g.OH, g.OW, g.Padding.H, g.Padding.W);

    internal static Shape BackwardShape(in Conv2dGeometry g) => new(
        Least(g), g.N, g.Cout, g.OH, g.OW, g.Cin, g.H, g.W, g.Kernel.H - 1 - g.Padding.H, g.Kernel.W - 1 - g.Padding.W);

    internal static Filters ForwardFilters(in Conv2dGeometry g) => new(ConvolutionForward.Window(g), Taps(g), false);

    internal static Filters BackwardFilters(in Conv2dGeometry g) => new(Taps(g), ConvolutionForward.Window(g), true);

    private static nint Taps(in Conv2dGeometry g) => (nint)g.Kernel.H * g.Kernel.W;

    /// <summary>Columns as the choice counts them, on every instruction set alike.</summary>
    private static nint Round(nint columns) => (columns + 15) / 16 * 16;

    private static Tile Least(in Conv2dGeometry g) => g.Kernel.H == 5 ? Tile.F2x5 : Tile.F2x3;

    private static bool Fits(KernelContext context, in Conv2dGeometry g) =>
        context.Winograd && (g.Kernel == new Pair(3, 3) || g.Kernel == new Pair(5, 5)) && g.Stride == new Pair(1, 1)
        && g.Dilation == new Pair(1, 1) && g.Groups == 1;

    /// <summary>By one image's shape, so that it gets the same bits alone and in any batch.</summary>
    private static Shape? Cheapest(in Shape shape)
    {
        var best = shape;
        if (shape.Tile == Tile.F2x3 && shape with { Tile = Tile.F4x3 } is var larger && larger.Products < shape.Products)
            best = larger;
        var direct = shape.Taps * shape.Taps * Round((nint)shape.OH * shape.OW);
        return (long)shape.Cin * shape.Cout >= LeastProducts * (shape.Cin + shape.Cout) && 5 * best.Products < 4 * direct ? best : null;
    }

    /// <summary>Floats of the packed filters, transformed one way.</summary>
    public static nint PackedFloats(KernelContext context, in Shape shape) =>
        shape.Size * shape.Taps * Matrix(context.Kernel, shape);

    private static nint Matrix(in MicroKernel kernel, in Shape shape) =>
        PackedOperand.Floats(kernel, shape.Cout, shape.Cin) + Skew;

    /// <summary>Transforms the filters and packs them: for every cell a matrix [Cout x Cin].</summary>
    public static void PackWeights(KernelContext context, in Shape shape, in Filters filters, float* w, float* packed)
    {
        switch (shape.Tile)
        {
            case Tile.F2x3:
                Pack<WinogradF2x3>(context, shape, filters, w, packed);
                break;
            case Tile.F4x3:
                Pack<WinogradSixPoints<FourOutputs>>(context, shape, filters, w, packed);
                break;
            default:
                Pack<WinogradSixPoints<TwoOutputs>>(context, shape, filters, w, packed);
                break;
        }
    }

    /// <summary>Convolves with filters that <see cref="PackWeights"/> packed.</summary>
    public static void Run(
        KernelContext context, in Shape shape, float* x, float* packed, float* bias, float* y, bool relu = false)
    {
        switch (shape.Tile)
        {
            case Tile.F2x3:
                Run<WinogradF2x3>(context, shape, x, packed, bias, y, relu);
                break;
            case Tile.F4x3:
                Run<WinogradSixPoints<FourOutputs>>(context, shape, x, packed, bias, y, relu);
                break;
            default:
                Run<WinogradSixPoints<TwoOutputs>>(context, shape, x, packed, bias, y, relu);
                break;
        }
    }

    /// <summary>
    /// What is computed at once: so many images, or so many tile rows of one. As many as fit into an outer cache with so many
    /// <paramref name="channels"/> transformed; more where the filters, or their gradient, are large too: every part goes over them again.
    /// </summary>
    internal static (int Images, int TileRows) AtOnce(KernelContext context, in Shape shape, long channels)
    {
        var filters = 2L * shape.Size * shape.Taps * shape.Cin * shape.Cout * sizeof(float);
        var bytes = Math.Min(context.WinogradBytes, Math.Max(CacheBytes, filters));
        var row = shape.Cells * channels * shape.TileColumns * sizeof(float);
        var rows = Math.Max(1, bytes / row);
        if (rows >= shape.TileRows)
            return ((int)Math.Min(rows / shape.TileRows, shape.N), shape.TileRows);
        var parts = (shape.TileRows + rows - 1) / rows;
        return (1, (int)((shape.TileRows + parts - 1) / parts));
    }

    private static void Pack<TTile>(KernelContext context, in Shape shape, in Filters filters, float* w, float* packed)
        where TTile : struct, IWinogradTile
    {
        var kernel = context.Kernel;
        context.Pool.Run(kernel.RowPanels(shape.Cout), new FilterBody<TTile>
        {
            Kernel = kernel, Rows = shape.Cout, K = shape.Cin, Slice = kernel.KSlice(shape.Cin), Filters = filters, W = w,
            Packed = packed, Matrix = Matrix(kernel, shape),
        });
    }

    private static void Run<TTile>(
        KernelContext context, in Shape shape, float* x, float* packed, float* bias, float* y, bool relu)
        where TTile : struct, IWinogradTile
    {
        var kernel = context.Kernel;
        int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1, cells = size * size;
        var (mostImages, mostRows) = AtOnce(context, shape, shape.Cin);
        var reach = (size - 1) / outputs;
        // The padded input, split into phases of a tile's step.
        var layout = new PlaneLayout(
            shape.H, shape.W, outputs, outputs, shape.PadH, shape.PadW, mostRows + reach, shape.TileColumns + reach);
        var room = kernel.ColumnPanels((nint)mostImages * mostRows * shape.TileColumns) * kernel.Columns;
        var slice = kernel.KSlice(shape.Cin);
        var mr = kernel.Rows;
        // Every block reads a line's V again, which costs little where there are few columns; a block's filters are best in L2.
        // And each thread gets some blocks.
        var mostPanels = Math.Min(kernel.RowBlock / mr, kernel.RowPanels(shape.Cout) * size / (8 * context.Pool.Threads));
        var blockRows = Math.Max(1, Math.Min(room / 2 / mr, mostPanels)) * mr;
        var blocks = Math.Max(1, (nint)(context.WinogradProductBytes / (cells * room * sizeof(float))) / blockRows);
        var groupRows = Math.Min(blocks * blockRows, kernel.RowPanels(shape.Cout) * mr);
        nint filterFloats = blockRows * slice + Skew;
        // A padded plane, a block's filters of a line of cells, or the outputs of one channel: as many rows as a tile has.
        var perWorker = Scratch.Apart(Math.Max(layout.Floats, Math.Max(size * filterFloats, outputs * outputs * room)));
        using var inputs = new Scratch(cells * (shape.Cin * room + Skew));
        using var products = new Scratch(cells * (groupRows * room + Skew));
        using var work = new Scratch(context.Pool.Threads * perWorker);
        var offsets = stackalloc nint[MaxCells];
        for (var cell = 0; cell < cells; cell++)
            offsets[cell] = layout.Offset(cell / size, cell % size);
        var job = new Job
        {
            Kernel = kernel,
            Shape = shape,
            Layout = layout,
            Offsets = offsets,
            Slice = slice,
            Inputs = inputs.Floats,
            InputCell = shape.Cin * room + Skew,
            Packed = packed,
            Matrix = Matrix(kernel, shape),
            Bias = bias,
            Relu = relu,
            BlockRows = blockRows,
            Products = products.Floats,
            Work = work.Floats,
            PerWorker = perWorker,
            FilterFloats = filterFloats,
        };
        for (var n = 0; n < shape.N; n += mostImages)
        {
            job.Images = Math.Min(mostImages, shape.N - n);
            job.X = x + (nint)n * shape.Cin * shape.H * shape.W;
            job.Y = y + (nint)n * shape.Cout * shape.OH * shape.OW;
            for (var tileRow = 0; tileRow < shape.TileRows; tileRow += mostRows)
            {
                job.TileRow = tileRow;
                job.TileRows = Math.Min(mostRows, shape.TileRows - tileRow);
                job.Layout = layout.Below(tileRow * outputs);
                var tiles = job.Images * job.Tiles;
                job.Columns = kernel.CoverColumns(tiles);
                job.Width = (job.Columns + 7) & ~7;
                job.Room = kernel.ColumnPanels(tiles) * kernel.Columns;
                context.Pool.Run((shape.Cin + ChannelsPerTask - 1) / ChannelsPerTask, new InputBody<TTile> { Job = &job });
                for (nint row = 0; row < shape.Cout; row += groupRows)
                {
                    job.FirstRow = row;
                    job.Rows = Math.Min(groupRows, shape.Cout - row);
                    job.Blocks = (job.Rows + blockRows - 1) / blockRows;
                    job.ProductFloats = job.Rows * job.Width + Skew;
                    context.Pool.Run(size * job.Blocks, new ProductBody<TTile> { Job = &job });
                    context.Pool.Run((job.Rows + ChannelsPerTask - 1) / ChannelsPerTask, new OutputBody<TTile> { Job = &job });
                }
            }
        }
    }

    private struct Job
    {
        public MicroKernel Kernel;
        public Shape Shape;

        /// <summary>What is computed: so many images, and so many of their tile rows from one on.</summary>
        public int Images, TileRow, TileRows;

        /// <summary>Tiles of all images, rounded up to what the micro-kernel computes, to whole vectors, and to whole panels.</summary>
        public nint Columns, Width, Room;

        public nint Slice;
        public float* X;
        public PlaneLayout Layout;
        public nint* Offsets;

        /// <summary>V: cell by cell, slice by slice, panel by panel.</summary>
        public float* Inputs;
        public nint InputCell;

        public float* Packed;
        public nint Matrix;

        public float* Bias;
        public bool Relu;
        public float* Y;

        /// <summary>The output channels at hand, and the blocks they are shared out to.</summary>
        public nint FirstRow, Rows, BlockRows, Blocks;

        /// <summary>M of those: cell by cell, [Rows x Width].</summary>
        public float* Products;
        public nint ProductFloats;

        /// <summary>For each worker a padded plane, a block's filters of one line of cells, or one channel's outputs.</summary>
        public float* Work;
        public nint PerWorker, FilterFloats;

        /// <summary>Tiles of one image.</summary>
        public readonly nint Tiles => (nint)TileRows * Shape.TileColumns;
    }

    /// <summary>One panel's rows of filters.</summary>
    private struct FilterBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public MicroKernel Kernel;
        public nint Rows;
        public nint K;
        public nint Slice;
        public Filters Filters;
        public float* W;
        public float* Packed;
        public nint Matrix;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            int taps = TTile.Taps, size = TTile.Outputs + taps - 1;
            var mr = Kernel.Rows;
            var row = (nint)index * mr;
            var packedRows = Kernel.RowPanels(Rows) * mr;
            var g = stackalloc float[25 * 8];
            var half = stackalloc float[30 * 8];
            // Lanes past the last filter stay zero.
            new Span<float>(g, 25 * 8).Clear();
            for (nint k = 0; k < K; k++)
            {
                var first = k / Slice * Slice;
                var length = Math.Min(Slice, K - first);
                var target = Packed + packedRows * first + row * length + (k - first) * mr;
                var lanes = (int)Math.Clamp(Rows - row, 0, mr);
                for (var lane = 0; lane < lanes; lane++)
                {
                    var from = W + (row + lane) * Filters.RowStride + k * Filters.KStride;
                    for (var tap = 0; tap < taps * taps; tap++)
                        g[tap * 8 + lane] = from[Filters.Flip ? taps * taps - 1 - tap : tap];
                }
                for (var c = 0; c < taps; c++)
                    TTile.Filter(g + c * 8, taps * 8, half + c * 8, taps * 8);
                for (var i = 0; i < size * taps; i++)
                {
                    if (mr == 8)
                        Vector256.Load(half + i * 8).Store(target + i * Matrix);
                    else
                        new ReadOnlySpan<float>(half + i * 8, mr).CopyTo(new Span<float>(target + i * Matrix, mr));
                }
            }
        }
    }

    /// <summary>Some channels: V of every tile of every image.</summary>
    private struct InputBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var first = (nint)index * ChannelsPerTask;
            for (var channel = first; channel < Math.Min(first + ChannelsPerTask, Job->Shape.Cin); channel++)
                Transform(channel, worker);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Transform(nint channel, int worker)
        {
            var job = Job;
            var size = TTile.Outputs + TTile.Taps - 1;
            nint nr = job->Kernel.Columns;
            int tileRows = job->TileRows, tileColumns = job->Shape.TileColumns;
            var first = channel / job->Slice * job->Slice;
            var length = Math.Min(job->Slice, job->Shape.Cin - first);
            var target = job->Inputs + first * job->Room + (channel - first) * nr;
            var cells = job->InputCell;
            var rowOffsets = stackalloc nint[MaxCells];
            for (var cell = 0; cell < MaxCells; cell++)
                rowOffsets[cell] = cell * 8;
            var half = stackalloc float[MaxCells * 8];
            var edge = stackalloc float[MaxCells * 8];
            nint column = 0;
            for (var image = 0; image < job->Images; image++)
            {
                var plane = job->Work + worker * job->PerWorker;
                job->Layout.Copy(job->X + ((nint)image * job->Shape.Cin + channel) * job->Shape.H * job->Shape.W, plane);
                for (var ty = 0; ty < tileRows; ty++, plane += job->Layout.Columns)
                {
                    for (var tx = 0; tx < tileColumns; tx += 8)
                    {
                        var lanes = Math.Min(8, tileColumns - tx);
                        for (var c = 0; c < size; c++)
                            TTile.Input(plane + tx, job->Offsets + c, size, half + c * 8, size * 8);
                        nint panel = column / nr, at = column - panel * nr;
                        var to = target + panel * nr * length + at;
                        // Lanes too many are overwritten by the tiles that follow; beyond the panel others' values lie.
                        var inside = at + 8 <= nr;
                        for (var r = 0; r < size; r++)
                        {
                            if (inside)
                                TTile.Input(half, rowOffsets + r * size, 1, to + r * size * cells, cells);
                            else
                                TTile.Input(half, rowOffsets + r * size, 1, edge + r * size * 8, 8);
                        }
                        if (!inside)
                            CopyLanes(edge, lanes, target, column, nr, length, cells, size * size);
                        column += lanes;
                    }
                }
            }
            for (; column < job->Columns; column++)
            {
                var to = target + column / nr * nr * length + column % nr;
                for (var cell = 0; cell < size * size; cell++)
                    to[cell * cells] = 0;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void CopyLanes(float* from, int lanes, float* target, nint column, nint nr, nint length, nint cells, int count)
        {
            for (var lane = 0; lane < lanes; lane++, column++)
            {
                var to = target + column / nr * nr * length + column % nr;
                for (var cell = 0; cell < count; cell++)
                    to[cell * cells] = from[cell * 8 + lane];
            }
        }
    }

    /// <summary>
    /// One line of cells and one block of output channels: the other way of the filters' transform, then rows of M. Line after
    /// line, so that V of one line stays in the outer caches.
    /// </summary>
    private struct ProductBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public Job* Job;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            var job = Job;
            int taps = TTile.Taps, size = TTile.Outputs + taps - 1;
            nint line = (nint)index / job->Blocks, block = (nint)index % job->Blocks * job->BlockRows;
            nint cin = job->Shape.Cin, mr = job->Kernel.Rows, packedRows = job->Kernel.RowPanels(job->Shape.Cout) * mr;
            var filters = job->Work + worker * job->PerWorker;
            BlockProduct product = default;
            product.Kernel = job->Kernel;
            product.Rows = Math.Min(job->BlockRows, job->Rows - block);
            product.Columns = job->Columns;
            product.Ldc = job->Width;
            for (nint k = 0; k < cin; k += job->Slice)
            {
                product.K = Math.Min(job->Slice, cin - k);
                product.Mode = k > 0 ? TileMode.Accumulate : TileMode.None;
                var half = job->Packed + line * taps * job->Matrix + packedRows * k + (job->FirstRow + block) * product.K;
                var floats = job->Kernel.RowPanels(product.Rows) * mr * product.K;
                for (nint i = 0; i < floats; i += 8)
                    TTile.Filter(half + i, job->Matrix, filters + i, job->FilterFloats);
                for (nint cell = 0; cell < size; cell++)
                {
                    product.A = filters + cell * job->FilterFloats;
                    product.B = job->Inputs + (line * size + cell) * job->InputCell + k * job->Room;
                    product.C = job->Products + (line * size + cell) * job->ProductFloats + block * job->Width;
                    product.Run();
                }
            }
        }
    }

    /// <summary>Some output channels: Y = At M A of every tile of every image, plus bias and rectifier.</summary>
    private struct OutputBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var first = (nint)index * ChannelsPerTask;
            for (var row = first; row < Math.Min(first + ChannelsPerTask, Job->Rows); row++)
                Transform(row, worker);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Transform(nint productRow, int worker)
        {
            var job = Job;
            var shape = job->Shape;
            int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1;
            var channel = job->FirstRow + productRow;
            var rows = job->Work + worker * job->PerWorker;
            var rowFloats = outputs * job->Width;
            var m = job->Products + productRow * job->Width;
            var bias = Vector256.Create(job->Bias == null ? 0 : job->Bias[channel]);
            var cells = job->ProductFloats;
            var half = stackalloc float[4 * 6 * 8];
            var cell = stackalloc float[4 * 8];
            for (nint tile = 0; tile < job->Width; tile += 8, m += 8)
            {
                if ((tile & 8) == 0 && Sse.IsSupported)
                {
                    for (var c = 0; c < size * size; c++)
                        Sse.Prefetch0(m + c * cells + AheadFloats);
                }
                for (var c = 0; c < size; c++)
                    TTile.Output(m + c * cells, size * cells, half + c * 8, size * 8);
                for (var r = 0; r < outputs; r++)
                {
                    TTile.Output(half + r * size * 8, 8, cell, 8);
                    for (var c = 0; c < outputs; c++)
                    {
                        var value = Vector256.Load(cell + c * 8) + bias;
                        if (job->Relu)
                            value = Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<float>.Zero));
                        value.Store(cell + c * 8);
                    }
                    Interleave(cell, outputs, rows + r * rowFloats + outputs * tile);
                }
            }
            nint plane = (nint)shape.OH * shape.OW;
            for (var image = 0; image < job->Images; image++)
            {
                var y = job->Y + ((nint)image * shape.Cout + channel) * plane;
                var first = job->TileRow * outputs;
                for (var row = first; row < Math.Min(first + job->TileRows * outputs, shape.OH); row++)
                {
                    var tile = image * job->Tiles + (nint)((row - first) / outputs) * shape.TileColumns;
                    var from = rows + row % outputs * rowFloats + outputs * tile;
                    new ReadOnlySpan<float>(from, shape.OW).CopyTo(new Span<float>(y + (nint)row * shape.OW, shape.OW));
                }
            }
        }

        /// <summary>Eight tiles' cells of one row, 2 or 4 vectors, side by side: to[i * count + c] = from[c * 8 + i].</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Interleave(float* from, int count, float* to)
        {
            if (!Avx.IsSupported)
            {
                for (var i = 0; i < 8; i++)
                {
                    for (var c = 0; c < count; c++)
                        to[i * count + c] = from[c * 8 + i];
                }
                return;
            }
            Vector256<float> a = Vector256.Load(from), b = Vector256.Load(from + 8);
            Vector256<float> low = Avx.UnpackLow(a, b), high = Avx.UnpackHigh(a, b);
            if (count == 2)
            {
                Avx.Permute2x128(low, high, 0x20).Store(to);
                Avx.Permute2x128(low, high, 0x31).Store(to + 8);
                return;
            }
            Vector256<float> c2 = Vector256.Load(from + 16), d = Vector256.Load(from + 24);
            Vector256<float> lowCD = Avx.UnpackLow(c2, d), highCD = Avx.UnpackHigh(c2, d);
            var q0 = Avx.Shuffle(low, lowCD, 0x44);
            var q1 = Avx.Shuffle(low, lowCD, 0xEE);
            var q2 = Avx.Shuffle(high, highCD, 0x44);
            var q3 = Avx.Shuffle(high, highCD, 0xEE);
            Avx.Permute2x128(q0, q1, 0x20).Store(to);
            Avx.Permute2x128(q2, q3, 0x20).Store(to + 8);
            Avx.Permute2x128(q0, q1, 0x31).Store(to + 16);
            Avx.Permute2x128(q2, q3, 0x31).Store(to + 24);
        }
    }
}
