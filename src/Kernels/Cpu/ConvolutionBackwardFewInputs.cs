using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>
/// The gradient of a convolution's input where it has few channels, as a first layer's: a product of the filters with dy gives a row for
/// every channel and tap, and each row is added where its tap lies. <see cref="ConvolutionBackwardInput"/> would copy dy once for
/// every tap, to multiply it by fewer rows than the micro-kernel has.
/// </summary>
/// <remarks>
/// A task owns a band of input rows and walks down the rows of dy that reach it, some at a time, so that the product stays in L2.
/// Sums live by phase of the stride, in which the taps' rows are runs. A cell's terms come by rows of dy, then by columns of the
/// filter, whatever the bands are.
/// </remarks>
internal static unsafe class ConvolutionBackwardFewInputs
{
    /// <summary>Floats of the product at once, about, but those of one row of dy at least: they stay in L2.</summary>
    private const int ProductFloats = 96 * 1024;

    /// <summary>Floats of a band's sums, about.</summary>
    private const long BandFloats = 256 * 1024;

    /// <summary>
    /// Whether the channels fill at most one panel of the micro-kernel's rows, channels times taps some, and a row of dy makes a product of
    /// moderate size.
    /// </summary>
    public static bool Pays(KernelContext context, in Conv2dGeometry g)
    {
        int channels = g.Cin / g.Groups, rows = context.Kernel.Rows;
        var products = (long)channels * g.Kernel.H * g.Kernel.W;
        return channels <= rows && products >= 2 * rows && products * g.OW <= 4 * ProductFloats;
    }

    /// <summary>dx = the gradient of x; dy has a channel at least.</summary>
    public static void Run(KernelContext context, in Conv2dGeometry g, float* dy, float* w, float* dx)
    {
        if (g.N == 0 || g.Cin == 0)
            return;
        var kernel = context.Kernel;
        int channels = g.Cin / g.Groups, cout = g.Cout / g.Groups, rows = channels * g.Kernel.H * g.Kernel.W;
        var filterFloats = PackedOperand.Floats(kernel, rows, cout);
        using var filters = new Scratch(g.Groups * filterFloats);
        for (var group = 0; group < g.Groups; group++)
        {
            new PackedOperand
            {
                Kernel = kernel, Source = w + (nint)group * cout * rows, RowStride = 1, KStride = rows, Rows = rows, K = cout,
                Target = filters.Floats + group * filterFloats,
            }.Run(context.Pool);
        }
        var threads = context.Pool.Threads;
        // Rows of dy on the border of two bands are multiplied for both: a band is two filters high at least.
        var least = 2 * (g.Dilation.H * (g.Kernel.H - 1) + 1);
        var images = (long)g.N * g.Groups;
        var wanted = threads == 1 ? 1 : (4 * threads + images - 1) / images;
        var bands = (int)Math.Clamp(Math.Max(wanted, (long)channels * g.H * g.W / BandFloats), 1, Math.Max(1, g.H / least));
        var job = new Job
        {
            Kernel = kernel,
            G = g,
            Channels = channels,
            Cout = cout,
            ProductRows = kernel.RowPanels(rows) * kernel.Rows,
            Bands = bands,
            BandRows = (g.H + bands - 1) / bands,
            RowsAtOnce = (int)Math.Clamp(ProductFloats / Math.Max(1, (long)rows * g.OW), 1, g.OH),
            Slice = kernel.KSlice(cout),
            Dy = dy,
            Filters = filters.Floats,
            FilterFloats = filterFloats,
            Dx = dx,
        };
        job.Columns = kernel.ColumnPanels((nint)job.RowsAtOnce * g.OW) * kernel.Columns;
        job.Phase = (g.W + g.Stride.W - 1) / g.Stride.W;
        job.PerWorker = Scratch.Apart(job.Columns * (job.Slice + job.ProductRows) + job.SumFloats);
        using var room = new Scratch(job.PerWorker * threads);
        job.Room = room.Floats;
        context.Pool.Run((long)g.N * g.Groups * bands, new Body { Job = &job });
    }

    private struct Job
    {
        public MicroKernel Kernel;
        public Conv2dGeometry G;

        /// <summary>Channels of x and of dy in a group.</summary>
        public int Channels, Cout;

        /// <summary>Rows of the product, channels of x times taps, in whole panels.</summary>
        public nint ProductRows;

        public int Bands, BandRows, RowsAtOnce;

        /// <summary>Floats of a row of the product, and of a row of sums in one phase.</summary>
        public nint Columns, Phase;

        public nint Slice;
        public float* Dy;
        public float* Filters;
        public nint FilterFloats;
        public float* Dx;

        /// <summary>For each worker packed panels of dy, the product, and the band's sums.</summary>
        public float* Room;
        public nint PerWorker;

        public readonly nint SumFloats => (nint)Channels * BandRows * G.Stride.W * Phase;
    }

    /// <summary>One band of input rows of one group of one image.</summary>
    private struct Body : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var g = job->G;
            var band = (int)(index % job->Bands);
            var group = index / job->Bands;
            int first = (int)((long)g.H * band / job->Bands), end = (int)((long)g.H * (band + 1) / job->Bands);
            float* packed = job->Room + worker * job->PerWorker, product = packed + job->Columns * job->Slice;
            var sums = product + job->Columns * job->ProductRows;
            NativeMemory.Clear(sums, (nuint)job->SumFloats * sizeof(float));

            var reach = first + g.Padding.H - g.Dilation.H * (g.Kernel.H - 1);
            var row = reach <= 0 ? 0 : (reach + g.Stride.H - 1) / g.Stride.H;
            var endRow = Math.Min(g.OH, (end - 1 + g.Padding.H) / g.Stride.H + 1);
            for (; row < endRow; row += job->RowsAtOnce)
            {
                var rows = Math.Min(job->RowsAtOnce, endRow - row);
                Multiply(group, row, rows * g.OW, packed, product);
                for (var i = 0; i < rows; i++)
                    Add(product + (nint)i * g.OW, (row + i) * g.Stride.H - g.Padding.H - first, end - first, sums);
            }
            Write(sums, end - first, job->Dx + ((nint)group * job->Channels * g.H + first) * g.W);
        }

        private readonly void Multiply(long group, int row, nint columns, float* packed, float* product)
        {
            var job = Job;
            var plane = (nint)job->G.OH * job->G.OW;
            var dy = job->Dy + (nint)group * job->Cout * plane + (nint)row * job->G.OW;
            var filters = job->Filters + (nint)(group % job->G.Groups) * job->FilterFloats;
            for (nint k = 0; k < job->Cout; k += job->Slice)
            {
                var length = Math.Min(job->Slice, job->Cout - k);
                var onTheWay = job->Kernel.RunPacking != null;
                if (!onTheWay)
                    Packing.PackColumns(dy + k * plane, plane, 1, columns, length, job->Kernel.Columns, packed);
                new BlockProduct
                {
                    Kernel = job->Kernel, A = filters + job->ProductRows * k, B = packed, SourceB = onTheWay ? dy + k * plane : null,
                    SourceBStride = plane, C = product, Ldc = job->Columns, Rows = job->ProductRows, Columns = columns, K = length,
                    Mode = k > 0 ? TileMode.Accumulate : TileMode.None,
                }.Run();
            }
        }

        /// <summary>What one row of dy sends, by all channels and taps; the filter's first row lies on row <paramref name="top"/> of the band.</summary>
        private readonly void Add(float* product, int top, int bandRows, float* sums)
        {
            var job = Job;
            var g = job->G;
            int stride = g.Stride.W;
            for (var kw = 0; kw < g.Kernel.W; kw++)
            {
                // Column ow of dy meets column ow * stride + at of x: column ow + shift of a phase.
                var at = kw * g.Dilation.W - g.Padding.W;
                var shift = at >= 0 ? at / stride : -((-at + stride - 1) / stride);
                var phase = at - shift * stride;
                int start = Math.Max(0, -shift), end = Math.Min(g.OW, (g.W - phase + stride - 1) / stride - shift);
                if (start >= end)
                    continue;
                for (var channel = 0; channel < job->Channels; channel++)
                {
                    for (var kh = 0; kh < g.Kernel.H; kh++)
                    {
                        var h = top + kh * g.Dilation.H;
                        if (h < 0 || h >= bandRows)
                            continue;
                        var from = product + (((nint)channel * g.Kernel.H + kh) * g.Kernel.W + kw) * job->Columns;
                        var to = sums + (((nint)channel * job->BandRows + h) * stride + phase) * job->Phase;
                        RowMath.Add(from + start, to + start + shift, end - start);
                    }
                }
            }
        }

        private readonly void Write(float* sums, int bandRows, float* dx)
        {
            var job = Job;
            int stride = job->G.Stride.W, width = job->G.W;
            for (var channel = 0; channel < job->Channels; channel++)
            {
                for (var h = 0; h < bandRows; h++)
                {
                    var from = sums + ((nint)channel * job->BandRows + h) * stride * job->Phase;
                    var to = dx + ((nint)channel * job->G.H + h) * width;
                    if (stride == 1)
                    {
                        new Span<float>(from, width).CopyTo(new Span<float>(to, width));
                        continue;
                    }
                    for (var phase = 0; phase < Math.Min(stride, width); phase++, from += job->Phase)
                    {
                        var source = from;
                        for (var at = phase; at < width; at += stride)
                            to[at] = *source++;
                    }
                }
            }
        }
    }
}
