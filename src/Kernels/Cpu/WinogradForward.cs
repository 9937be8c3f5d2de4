using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// Winograd's F(2x2, 3x3) for 3x3 convolutions of step 1 (Lavin and Gray, "Fast algorithms for convolutional neural
/// networks", 2015): 2x2 outputs from a 4x4 patch by 16 products instead of 36.
/// </summary>
/// <remarks>
/// Three passes over some images at a time, each on all threads: patches are transformed (BT d B) straight into packed
/// panels, 16 matrix products sum over the channels, and sums are transformed back (AT m A). All transforms add and
/// subtract, but for the halves of the weights', so the error stays within
/// the bound of the direct sums (docs/numerics.md).
/// A pixel's sums do not depend on its neighbours in the batch, nor on the number of threads.
/// </remarks>
internal static unsafe class WinogradForward
{
    private const int Points = 16;

    // Below this the transforms cost more than the products they save.
    private const long LeastChannels = 128 * 128;

    // Tiles in a pass: enough columns for the products, few enough that a pass stays near the caches.
    private const int TilesAtOnce = 512;

    /// <summary>Whether a convolution is one of those, and large enough to gain.</summary>
    public static bool Suits(in Conv2dGeometry g) =>
        g.Kernel == new Pair(3, 3) && g.Stride == new Pair(1, 1) && g.Dilation == new Pair(1, 1) && g.Groups == 1
        && (long)g.Cin * g.Cout >= LeastChannels && g.OH > 2 && g.OW > 2;

    /// <summary>Floats that <see cref="PackWeights"/> writes.</summary>
    public static nint PackedFloats(KernelContext context, in Conv2dGeometry g) =>
        Points * PackedOperand.Floats(context.Kernel, g.Cout, g.Cin);

    /// <summary>Transforms (G w GT) and packs the weights [Cout, Cin, 3, 3].</summary>
    public static void PackWeights(KernelContext context, in Conv2dGeometry g, float* w, float* packed)
    {
        using var transformed = new Scratch((long)Points * g.Cout * g.Cin);
        context.Pool.Run(g.Cout, new WeightBody { Weights = w, Target = transformed.Floats, Cin = g.Cin, Plane = (nint)g.Cout * g.Cin });
        for (var point = 0; point < Points; point++)
        {
            new PackedOperand
            {
                Kernel = context.Kernel,
                Source = transformed.Floats + (nint)point * g.Cout * g.Cin,
                RowStride = g.Cin,
                KStride = 1,
                Rows = g.Cout,
                K = g.Cin,
                Target = packed + point * PackedOperand.Floats(context.Kernel, g.Cout, g.Cin),
            }.Run(context.Pool);
        }
    }

    /// <summary>Convolves with weights that <see cref="PackWeights"/> packed; bias [Cout] or null.</summary>
    public static void Run(KernelContext context, in Conv2dGeometry g, float* x, float* packed, float* bias, float* y)
    {
        if (g.N == 0)
            return;
        var kernel = context.Kernel;
        int tilesDown = (g.OH + 1) / 2, tilesAcross = (g.OW + 1) / 2;
        var perImage = (tilesDown * tilesAcross + 3) / 4 * 4;
        var chunk = Math.Clamp(TilesAtOnce / perImage, 1, g.N);
        nint most = kernel.ColumnPanels((nint)chunk * perImage) * kernel.Columns;
        var layout = new PlaneLayout(g.H, g.W, 1, 1, g.Padding.H, g.Padding.W, 2 * tilesDown + 2, 2 * tilesAcross + 2);
        using var planes = new Scratch(chunk * g.Cin * layout.Floats);
        using var patches = new Scratch(Points * most * g.Cin);
        using var sums = new Scratch(Points * most * g.Cout);
        for (var n = 0; n < g.N; n += chunk)
        {
            var images = Math.Min(chunk, g.N - n);
            var job = new Job
            {
                Kernel = kernel,
                Planes = planes.Floats,
                PlaneFloats = layout.Floats,
                Pitch = layout.Columns,
                Weights = packed,
                Patches = patches.Floats,
                Sums = sums.Floats,
                Output = y + (nint)n * g.Cout * g.OH * g.OW,
                Bias = bias,
                Images = images,
                Cin = g.Cin,
                Cout = g.Cout,
                OH = g.OH,
                OW = g.OW,
                TilesDown = tilesDown,
                TilesAcross = tilesAcross,
                PerImage = perImage,
                Columns = kernel.ColumnPanels((nint)images * perImage) * kernel.Columns,
            };
            PlaneCopy.Run(context.Pool, layout, (nint)images * g.Cin, x + (nint)n * g.Cin * g.H * g.W, planes.Floats);
            context.Pool.Run((long)images * g.Cin, new InputBody { Job = &job });
            context.Pool.Run((long)Points * job.RowParts, new ProductBody { Job = &job });
            context.Pool.Run((long)images * g.Cout, new OutputBody { Job = &job });
        }
    }

    /// <summary>Some images' worth of work.</summary>
    private struct Job
    {
        public MicroKernel Kernel;
        public float* Planes, Weights, Patches, Sums, Output, Bias;
        public nint PlaneFloats, Pitch;
        public int Images, Cin, Cout, OH, OW, TilesDown, TilesAcross;

        /// <summary>Columns of an image: its tiles, rounded up to a multiple of four.</summary>
        public int PerImage;

        /// <summary>Columns of the products, rounded up to whole panels.</summary>
        public nint Columns;

        public readonly int Tiles => TilesDown * TilesAcross;

        public readonly nint RowParts => (Cout + 2 * Kernel.RowBlock - 1) / (2 * Kernel.RowBlock);
    }

    private struct WeightBody : IParallelBody
    {
        public float* Weights, Target;
        public int Cin;
        public nint Plane;

        public readonly void Run(long index, int worker)
        {
            var half = stackalloc float[12];
            for (var c = 0; c < Cin; c++)
            {
                var w = Weights + (index * Cin + c) * 9;
                for (var j = 0; j < 3; j++)
                {
                    half[j] = w[j];
                    half[3 + j] = 0.5f * (w[j] + w[3 + j] + w[6 + j]);
                    half[6 + j] = 0.5f * (w[j] - w[3 + j] + w[6 + j]);
                    half[9 + j] = w[6 + j];
                }
                var to = Target + index * Cin + c;
                for (var i = 0; i < 4; i++)
                {
                    float a = half[3 * i], b = half[3 * i + 1], d = half[3 * i + 2];
                    to[(4 * i) * Plane] = a;
                    to[(4 * i + 1) * Plane] = 0.5f * (a + b + d);
                    to[(4 * i + 2) * Plane] = 0.5f * (a - b + d);
                    to[(4 * i + 3) * Plane] = d;
                }
            }
        }
    }

    /// <summary>One channel of one image: every 4x4 patch into its column of the sixteen packed matrices.</summary>
    private struct InputBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            int image = (int)(index / job->Cin), c = (int)(index % job->Cin), nr = job->Kernel.Columns;
            var plane = job->Planes + index * job->PlaneFloats;
            // Panels of a slice of the sum: [panel][k][column], as BlockProduct reads them.
            nint slice = job->Kernel.KSlice(job->Cin), first = c / slice * slice, length = Math.Min(slice, job->Cin - first);
            var row = job->Patches + job->Columns * first + (c - first) * nr;
            var matrix = job->Columns * job->Cin;
            nint column = (nint)image * job->PerImage, end = image == job->Images - 1 ? job->Columns : column + job->PerImage;
            var tiles = job->Tiles;
            for (var tile = 0; column < end; column += 4, tile += 4)
            {
                var to = row + column / nr * nr * length + column % nr;
                Transform4(
                    Patch(job, plane, Math.Min(tile, tiles - 1)), Patch(job, plane, Math.Min(tile + 1, tiles - 1)),
                    Patch(job, plane, Math.Min(tile + 2, tiles - 1)), Patch(job, plane, Math.Min(tile + 3, tiles - 1)),
                    job->Pitch, to, matrix);
            }
        }

        private static float* Patch(Job* job, float* plane, int tile) =>
            plane + 2 * (tile / job->TilesAcross) * job->Pitch + 2 * (tile % job->TilesAcross);

        /// <summary>BT d B of four patches, lane by lane into sixteen matrices.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Transform4(float* p0, float* p1, float* p2, float* p3, nint pitch, float* to, nint matrix)
        {
            for (var i = 0; i < 4; i++)
            {
                var (r0, r1, r2, r3) = (Row(p0, pitch, i), Row(p1, pitch, i), Row(p2, pitch, i), Row(p3, pitch, i));
                // Transposed: c0 holds the first of each patch's row, and so on.
                var c0 = Vector128.Create(r0[0], r1[0], r2[0], r3[0]);
                var c1 = Vector128.Create(r0[1], r1[1], r2[1], r3[1]);
                var c2 = Vector128.Create(r0[2], r1[2], r2[2], r3[2]);
                var c3 = Vector128.Create(r0[3], r1[3], r2[3], r3[3]);
                var at = to + 4 * i * matrix;
                (c0 - c2).Store(at);
                (c1 + c2).Store(at + matrix);
                (c2 - c1).Store(at + 2 * matrix);
                (c1 - c3).Store(at + 3 * matrix);
            }
        }

        /// <summary>Row i of BT d.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<float> Row(float* d, nint pitch, int i) => i switch
        {
            0 => Vector128.Load(d) - Vector128.Load(d + 2 * pitch),
            1 => Vector128.Load(d + pitch) + Vector128.Load(d + 2 * pitch),
            2 => Vector128.Load(d + 2 * pitch) - Vector128.Load(d + pitch),
            _ => Vector128.Load(d + pitch) - Vector128.Load(d + 3 * pitch),
        };
    }

    /// <summary>Some rows of one of the sixteen products, summed over the channels.</summary>
    private struct ProductBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            nint point = (nint)index / job->RowParts, row = (nint)index % job->RowParts * 2 * job->Kernel.RowBlock;
            var slice = job->Kernel.KSlice(job->Cin);
            nint panelRows = job->Kernel.RowPanels(job->Cout) * job->Kernel.Rows;
            for (nint k = 0; k < job->Cin; k += slice)
            {
                var length = Math.Min(slice, job->Cin - k);
                new BlockProduct
                {
                    Kernel = job->Kernel,
                    A = job->Weights + point * PackedOperand.Floats(job->Kernel, job->Cout, job->Cin) + panelRows * k + row * length,
                    B = job->Patches + point * job->Columns * job->Cin + job->Columns * k,
                    C = job->Sums + (point * job->Cout + row) * job->Columns,
                    Ldc = job->Columns,
                    Rows = Math.Min(2 * job->Kernel.RowBlock, job->Cout - row),
                    Columns = job->Columns,
                    K = length,
                    Mode = k > 0 ? TileMode.Accumulate : TileMode.None,
                }.Run();
            }
        }
    }

    /// <summary>One output plane: AT m A of every tile, plus the bias; what hangs over the edge is dropped.</summary>
    private struct OutputBody : IParallelBody
    {
        private const int Lanes = 8;

        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            int image = (int)(index / job->Cout), channel = (int)(index % job->Cout);
            var matrix = (nint)job->Cout * job->Columns;
            var sums = job->Sums + channel * job->Columns + (nint)image * job->PerImage;
            var output = job->Output + index * job->OH * job->OW;
            var bias = Vector256.Create(job->Bias == null ? 0 : job->Bias[channel]);
            var quad = stackalloc float[4 * Lanes];
            for (var first = 0; first < job->Tiles; first += Lanes)
            {
                Transform(sums + first, matrix, bias, quad);
                var count = Math.Min(Lanes, job->Tiles - first);
                for (var i = 0; i < count; i++)
                {
                    int row = 2 * ((first + i) / job->TilesAcross), column = 2 * ((first + i) % job->TilesAcross);
                    var to = output + (nint)row * job->OW + column;
                    bool right = column + 1 < job->OW, below = row + 1 < job->OH;
                    to[0] = quad[i];
                    if (right)
                        to[1] = quad[Lanes + i];
                    if (below)
                        to[job->OW] = quad[2 * Lanes + i];
                    if (right && below)
                        to[job->OW + 1] = quad[3 * Lanes + i];
                }
            }
        }

        /// <summary>Eight tiles at once, a lane each; the four pixels go to four runs of eight.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Transform(float* m, nint matrix, Vector256<float> bias, float* quad)
        {
            Vector256<float> upper0 = default, upper1 = default, lower0 = default, lower1 = default;
            for (var i = 0; i < 4; i++)
            {
                var at = m + 4 * i * matrix;
                Vector256<float> a = Vector256.Load(at), b = Vector256.Load(at + matrix), c = Vector256.Load(at + 2 * matrix), d = Vector256.Load(at + 3 * matrix);
                Vector256<float> left = a + b + c, right = b - c - d;
                switch (i)
                {
                    case 0: (upper0, upper1) = (left, right); break;
                    case 1: (upper0, upper1, lower0, lower1) = (upper0 + left, upper1 + right, left, right); break;
                    case 2: (upper0, upper1, lower0, lower1) = (upper0 + left, upper1 + right, lower0 - left, lower1 - right); break;
                    default: (lower0, lower1) = (lower0 - left, lower1 - right); break;
                }
            }
            (upper0 + bias).Store(quad);
            (upper1 + bias).Store(quad + Lanes);
            (lower0 + bias).Store(quad + 2 * Lanes);
            (lower1 + bias).Store(quad + 3 * Lanes);
        }
    }
}
