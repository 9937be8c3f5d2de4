using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// 3x3 stride-1 convolutions with 2.25 times fewer multiplications: Winograd's F(2x2, 3x3) (Lavin and Gray, "Fast
/// algorithms for convolutional neural networks", 2015).
/// </summary>
/// <remarks>
/// The output is cut into 2x2 tiles. Every tile's 4x4 window d of every input channel becomes V = Bt d B, every filter g
/// becomes U = G g Gt, and then each of the 16 positions is a plain matrix product over channels, M = U V; the tile is
/// At M A. The copied planes are split by 2x2 phases, so that the 16 cells of a window are 16 unit-step shifts and eight
/// tiles are transformed at once, straight into the panels that the micro-kernel reads. B, G and A hold 0, 1 and 1/2
/// only: rounding stays within a small factor of the direct sum's. Three parallel steps, each in an order that depends
/// on the shape alone.
/// </remarks>
internal static unsafe class WinogradConvolution
{
    private const int Cells = 16;

    /// <summary>Below this the transforms cost what the products save.</summary>
    private const long LeastChannels = 128 * 128;
    private const long PanelBytes = 48L << 20;

    /// <summary>Floats between the 16 matrices besides their size: at a multiple of 4 KiB all would share cache sets.</summary>
    private const int Skew = 272;

    /// <summary>A convolution as this algorithm sees it: 3x3, stride 1, dilation 1, one group.</summary>
    public readonly record struct Shape(int N, int Cin, int H, int W, int Cout, int OH, int OW, int PadH, int PadW)
    {
        public int TileRows => (OH + 1) / 2;

        public int TileColumns => (OW + 1) / 2;

        public nint Tiles => (nint)TileRows * TileColumns;
    }

    /// <summary>Where filter (row, k, kh, kw) lies: source[row * RowStride + k * KStride + kh * 3 + kw], or turned by half a turn.</summary>
    public readonly record struct Filters(nint RowStride, nint KStride, bool Flip);

    /// <summary>The forward pass, or null where the direct way is better.</summary>
    public static (Shape Shape, Filters Filters)? Forward(KernelContext context, in Conv2dGeometry g)
    {
        var shape = ForwardShape(g);
        return Fits(context, g) && Pays(context, shape) ? (shape, ForwardFilters(g)) : null;
    }

    /// <summary>The gradient of the input: the convolution of dy with the filters turned and their channels swapped.</summary>
    public static (Shape Shape, Filters Filters)? BackwardInput(KernelContext context, in Conv2dGeometry g)
    {
        if (!Fits(context, g) || g.Padding.H > 2 || g.Padding.W > 2)
            return null;
        var shape = BackwardShape(g);
        return Pays(context, shape) ? (shape, BackwardFilters(g)) : null;
    }

    internal static Shape ForwardShape(in Conv2dGeometry g) =>
        new(g.N, g.Cin, g.H, g.W, g.Cout, g.OH, g.OW, g.Padding.H, g.Padding.W);

    internal static Shape BackwardShape(in Conv2dGeometry g) =>
        new(g.N, g.Cout, g.OH, g.OW, g.Cin, g.H, g.W, 2 - g.Padding.H, 2 - g.Padding.W);

    internal static Filters ForwardFilters(in Conv2dGeometry g) => new((nint)g.Cin * 9, 9, false);

    internal static Filters BackwardFilters(in Conv2dGeometry g) => new(9, (nint)g.Cin * 9, true);

    private static bool Fits(KernelContext context, in Conv2dGeometry g) =>
        context.Winograd && g.Kernel == new Pair(3, 3) && g.Stride == new Pair(1, 1) && g.Dilation == new Pair(1, 1) && g.Groups == 1;

    private static bool Pays(KernelContext context, in Shape shape)
    {
        var kernel = context.Kernel;
        var direct = 9 * kernel.ColumnPanels((nint)shape.OH * shape.OW);
        return (long)shape.Cin * shape.Cout >= LeastChannels && 5 * Cells * kernel.ColumnPanels(shape.Tiles) < 4 * direct;
    }

    /// <summary>Floats of the packed transformed filters.</summary>
    public static nint PackedFloats(KernelContext context, in Shape shape) =>
        Cells * Matrix(context.Kernel, shape);

    private static nint Matrix(in MicroKernel kernel, in Shape shape) => PackedOperand.Floats(kernel, shape.Cout, shape.Cin) + Skew;

    /// <summary>Transforms the filters and packs them: 16 matrices [Cout x Cin].</summary>
    public static void PackWeights(KernelContext context, in Shape shape, in Filters filters, float* w, float* packed)
    {
        var kernel = context.Kernel;
        context.Pool.Run(kernel.RowPanels(shape.Cout), new FilterBody
        {
            Kernel = kernel, Rows = shape.Cout, K = shape.Cin, Slice = kernel.KSlice(shape.Cin), Filters = filters, W = w,
            Packed = packed, Matrix = Matrix(kernel, shape),
        });
    }

    /// <summary>Convolves with filters that <see cref="PackWeights"/> packed.</summary>
    public static void Run(
        KernelContext context, in Shape shape, float* x, float* packed, float* bias, float* y, bool relu = false)
    {
        var kernel = context.Kernel;
        var layout = new PlaneLayout(
            shape.H, shape.W, 2, 2, shape.PadH, shape.PadW, shape.TileRows + 1, shape.TileColumns + 1);
        var panels = kernel.ColumnPanels(shape.Tiles);
        var columns = panels * kernel.Columns;
        var chunk = (int)Math.Clamp(PanelBytes / ((long)Cells * shape.Cin * columns * sizeof(float)), 1, shape.N);
        using var planes = new Scratch(chunk * shape.Cin * layout.Floats);
        using var inputs = new Scratch(Cells * ((long)chunk * shape.Cin * columns + Skew));
        using var products = new Scratch(Cells * ((long)chunk * shape.Cout * columns + Skew));
        using var room = new Scratch(context.Pool.Threads * (Cells * kernel.Columns + 4 * columns + 64));
        var offsets = stackalloc nint[Cells];
        for (var cell = 0; cell < Cells; cell++)
            offsets[cell] = layout.Offset(cell / 4, cell % 4);
        for (var n = 0; n < shape.N; n += chunk)
        {
            var images = Math.Min(chunk, shape.N - n);
            PlaneCopy.Run(
                context.Pool, layout, (nint)images * shape.Cin, x + (nint)n * shape.Cin * shape.H * shape.W, planes.Floats);
            var job = new Job
            {
                Kernel = kernel,
                Shape = shape,
                Images = images,
                Panels = panels,
                Columns = columns,
                Slice = kernel.KSlice(shape.Cin),
                Planes = planes.Floats,
                PlaneFloats = layout.Floats,
                Offsets = offsets,
                Pitch = layout.Columns,
                Inputs = inputs.Floats,
                Packed = packed,
                Matrix = Matrix(kernel, shape),
                Products = products.Floats,
                Bias = bias,
                Relu = relu,
                Y = y + (nint)n * shape.Cout * shape.OH * shape.OW,
                Room = room.Floats,
                PerWorker = Cells * kernel.Columns + 4 * columns + 64,
            };
            context.Pool.Run((nint)images * shape.Cin, new InputBody { Job = &job });
            context.Pool.Run(Cells * job.RowBlocks * images, new ProductBody { Job = &job });
            context.Pool.Run((nint)images * shape.Cout, new OutputBody { Job = &job });
        }
    }

    private struct Job
    {
        public MicroKernel Kernel;
        public Shape Shape;
        public nint Images;

        /// <summary>Panels of tiles of one image, and their columns.</summary>
        public nint Panels, Columns;

        public nint Slice;
        public float* Planes;
        public nint PlaneFloats;
        public nint* Offsets;
        public nint Pitch;

        /// <summary>V: cell by cell, image by image, slice by slice, panel by panel.</summary>
        public float* Inputs;

        public float* Packed;
        public nint Matrix;

        /// <summary>M: cell by cell, image by image, [Cout x Columns].</summary>
        public float* Products;

        public float* Bias;
        public bool Relu;
        public float* Y;
        public float* Room;
        public nint PerWorker;

        public readonly nint RowBlocks => (Shape.Cout + Kernel.RowBlock - 1) / Kernel.RowBlock;

        public readonly nint InputCell => Images * Shape.Cin * Columns + Skew;

        public readonly nint ProductCell => Images * Shape.Cout * Columns + Skew;
    }

    /// <summary>One panel's rows of filters.</summary>
    private struct FilterBody : IParallelBody
    {
        public MicroKernel Kernel;
        public nint Rows;
        public nint K;
        public nint Slice;
        public Filters Filters;
        public float* W;
        public float* Packed;
        public nint Matrix;

        public readonly void Run(long index, int worker)
        {
            var mr = Kernel.Rows;
            var row = (nint)index * mr;
            var packedRows = Kernel.RowPanels(Rows) * mr;
            var u = stackalloc float[Cells];
            for (nint k = 0; k < K; k++)
            {
                var first = k / Slice * Slice;
                var length = Math.Min(Slice, K - first);
                var target = Packed + packedRows * first + row * length + (k - first) * mr;
                for (var i = 0; i < mr; i++)
                {
                    if (row + i < Rows)
                        Transform(W + (row + i) * Filters.RowStride + k * Filters.KStride, Filters.Flip, u);
                    else
                        new Span<float>(u, Cells).Clear();
                    for (var cell = 0; cell < Cells; cell++)
                        target[cell * Matrix + i] = u[cell];
                }
            }
        }

        /// <summary>U = G g Gt, G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].</summary>
        private static void Transform(float* g, bool flip, float* u)
        {
            var half = stackalloc float[12];
            for (var c = 0; c < 3; c++)
            {
                float a = g[flip ? 8 - c : c], b = g[flip ? 5 - c : 3 + c], d = g[flip ? 2 - c : 6 + c];
                half[c] = a;
                half[3 + c] = 0.5f * (a + b + d);
                half[6 + c] = 0.5f * (a - b + d);
                half[9 + c] = d;
            }
            for (var r = 0; r < 4; r++)
            {
                float a = half[3 * r], b = half[3 * r + 1], d = half[3 * r + 2];
                u[4 * r] = a;
                u[4 * r + 1] = 0.5f * (a + b + d);
                u[4 * r + 2] = 0.5f * (a - b + d);
                u[4 * r + 3] = d;
            }
        }
    }

    /// <summary>One channel of one image: every tile's V.</summary>
    private struct InputBody : IParallelBody
    {
        public Job* Job;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            var job = Job;
            int nr = job->Kernel.Columns, cin = job->Shape.Cin;
            nint image = (nint)index / cin, channel = (nint)index % cin;
            var first = channel / job->Slice * job->Slice;
            var length = Math.Min(job->Slice, cin - first);
            var matrix = new ShiftedMatrix
            {
                Source = job->Planes + (nint)index * job->PlaneFloats,
                Offsets = job->Offsets,
                Pitch = job->Pitch,
                GridRows = job->Shape.TileRows,
                GridColumns = job->Shape.TileColumns,
            };
            var windows = job->Room + worker * job->PerWorker;
            var cells = job->InputCell;
            for (nint panel = 0; panel < job->Panels; panel++)
            {
                matrix.PackPanel(panel * nr, nr, 0, Cells, windows);
                var target = job->Inputs + (image * cin + first) * job->Columns + panel * nr * length + (channel - first) * nr;
                for (var lane = 0; lane < nr; lane += 8)
                    Transform(windows + lane, nr, target + lane, cells);
            }
        }

        /// <summary>V = Bt d B for eight tiles, Bt = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Transform(float* d, nint stride, float* v, nint cells)
        {
            var t = stackalloc Vector256<float>[Cells];
            for (var c = 0; c < 4; c++)
            {
                var d0 = Vector256.Load(d + c * stride);
                var d1 = Vector256.Load(d + (4 + c) * stride);
                var d2 = Vector256.Load(d + (8 + c) * stride);
                var d3 = Vector256.Load(d + (12 + c) * stride);
                t[c] = d0 - d2;
                t[4 + c] = d1 + d2;
                t[8 + c] = d2 - d1;
                t[12 + c] = d1 - d3;
            }
            for (var r = 0; r < 4; r++)
            {
                var row = t + 4 * r;
                var to = v + 4 * r * cells;
                (row[0] - row[2]).Store(to);
                (row[1] + row[2]).Store(to + cells);
                (row[2] - row[1]).Store(to + 2 * cells);
                (row[1] - row[3]).Store(to + 3 * cells);
            }
        }
    }

    /// <summary>One cell, one image, one block of output channels: rows of M.</summary>
    private struct ProductBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            // Images innermost: the block of filters stays in cache for all of them.
            nint image = (nint)index % job->Images, block = (nint)index / job->Images % job->RowBlocks;
            var cell = (nint)index / job->Images / job->RowBlocks;
            nint cin = job->Shape.Cin, cout = job->Shape.Cout, row = block * job->Kernel.RowBlock;
            BlockProduct product = default;
            product.Kernel = job->Kernel;
            product.Rows = Math.Min(job->Kernel.RowBlock, cout - row);
            product.Columns = job->Columns;
            product.C = job->Products + cell * job->ProductCell + (image * cout + row) * job->Columns;
            product.Ldc = job->Columns;
            var filters = job->Packed + cell * job->Matrix;
            var inputs = job->Inputs + cell * job->InputCell + image * cin * job->Columns;
            var packedRows = job->Kernel.RowPanels(cout) * job->Kernel.Rows;
            for (nint k = 0; k < cin; k += job->Slice)
            {
                product.K = Math.Min(job->Slice, cin - k);
                product.A = filters + packedRows * k + row * product.K;
                product.B = inputs + k * job->Columns;
                product.Mode = k > 0 ? TileMode.Accumulate : TileMode.None;
                product.Run();
            }
        }
    }

    /// <summary>One output channel of one image: Y = At M A, At = [1 1 1 0; 0 1 -1 -1], plus bias and rectifier.</summary>
    private struct OutputBody : IParallelBody
    {
        public Job* Job;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var shape = job->Shape;
            var top = job->Room + worker * job->PerWorker;
            var bottom = top + 2 * job->Columns;
            var m = job->Products + (nint)index * job->Columns;
            var bias = Vector256.Create(job->Bias == null ? 0 : job->Bias[(nint)index % shape.Cout]);
            var cells = job->ProductCell;
            var s = stackalloc Vector256<float>[8];
            for (nint tile = 0; tile < job->Columns; tile += 8, m += 8)
            {
                for (var c = 0; c < 4; c++)
                {
                    var m1 = Vector256.Load(m + (4 + c) * cells);
                    var m2 = Vector256.Load(m + (8 + c) * cells);
                    s[c] = Vector256.Load(m + c * cells) + m1 + m2;
                    s[4 + c] = m1 - m2 - Vector256.Load(m + (12 + c) * cells);
                }
                Interleave(s[0] + s[1] + s[2] + bias, s[1] - s[2] - s[3] + bias, top + 2 * tile, job->Relu);
                Interleave(s[4] + s[5] + s[6] + bias, s[5] - s[6] - s[7] + bias, bottom + 2 * tile, job->Relu);
            }
            var y = job->Y + (nint)index * shape.OH * shape.OW;
            for (var row = 0; row < shape.OH; row++)
            {
                var from = (row % 2 == 0 ? top : bottom) + 2 * (nint)(row / 2) * shape.TileColumns;
                new ReadOnlySpan<float>(from, shape.OW).CopyTo(new Span<float>(y + (nint)row * shape.OW, shape.OW));
            }
        }

        /// <summary>Stores the left and right cells of eight tiles side by side.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Interleave(Vector256<float> left, Vector256<float> right, float* to, bool relu)
        {
            if (relu)
            {
                left = Vector256.AndNot(left, Vector256.LessThanOrEqual(left, Vector256<float>.Zero));
                right = Vector256.AndNot(right, Vector256.LessThanOrEqual(right, Vector256<float>.Zero));
            }
            if (Avx.IsSupported)
            {
                var low = Avx.UnpackLow(left, right);
                var high = Avx.UnpackHigh(left, right);
                Avx.Permute2x128(low, high, 0x20).Store(to);
                Avx.Permute2x128(low, high, 0x31).Store(to + 8);
                return;
            }
            for (var i = 0; i < 8; i++)
            {
                to[2 * i] = left[i];
                to[2 * i + 1] = right[i];
            }
        }
    }
}
