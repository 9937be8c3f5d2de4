using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The transposed convolution as what it says: every value of x that is not zero stamps its filter into the output. A
/// deconvnet's inputs are mostly zeros (one seeded unit, unpooled planes, rectified reconstructions), and its windows are
/// too small for a matrix product.
/// </summary>
/// <remarks>
/// Sums live as [row, column, channel], so that a filter row is one run of multiply-adds over (column, channel), and are
/// turned into planes at the end. Channels of x are taken in groups, which share a pass over the sums at each position:
/// an output is one chain, from the bias on, over groups, then positions, then channels of the group. So its bits depend
/// on the filter's shape and on what is not zero, and not on the size of the plane: a window of x gives what the whole x
/// gives. A zero times an infinite or NaN weight is left out.
/// </remarks>
internal static unsafe class TransposedConvolution
{
    /// <summary>Sums that a task keeps in L2, in floats, and the most of one image.</summary>
    private const nint SumFloats = 128 * 1024, ImageFloats = 64 * 1024;

    /// <summary>Filters of one group of channels of x, in floats: about L1.</summary>
    private const nint GroupFloats = 10 * 1024;

    /// <summary>Floats of the packed filters.</summary>
    public static long PackedFloats(in ConvTranspose2dGeometry g) =>
        (long)g.Cin * (g.Cout / g.Groups) * g.Kernel.H * g.Kernel.W;

    /// <summary>Packs filters: for every group and block of output channels [Cin/Groups, KH, KW, channels of the block].</summary>
    public static void PackWeights(KernelContext context, in ConvTranspose2dGeometry g, float* w, float* packed) =>
        context.Pool.Run(g.Cin, new PackBody { Plan = new Plan(g), W = w, Packed = packed });

    /// <summary>y = transposed conv(x, w) + bias (or none), with filters that <see cref="PackWeights"/> packed.</summary>
    public static void Run(KernelContext context, in ConvTranspose2dGeometry g, float* x, float* packed, float* bias, float* y)
    {
        if (g.N == 0 || g.Cout == 0)
            return;
        var plan = new Plan(g);
        using var entries = new StampEntries(context.Pool, x, (nint)g.N * g.Groups, plan.Cin, g.H * g.W, plan.Group);
        var blocks = g.Groups * plan.Blocks;
        // Bands of rows where an image's sums are many, or tasks few; images together while their sums fit.
        nint rowFloats = (nint)plan.Width * plan.Block;
        var threads = context.Pool.Threads;
        var wanted = threads == 1 ? 1 : (4 * threads + blocks * g.N - 1) / (blocks * g.N);
        var bands = (int)Math.Clamp(Math.Max(wanted, (g.OH * rowFloats + ImageFloats - 1) / ImageFloats), 1, g.OH);
        nint bandFloats = (g.OH + bands - 1) / bands * rowFloats;
        var images = (int)Math.Clamp(SumFloats / Math.Max(bandFloats, 1), 1, g.N);
        var perWorker = Scratch.Apart(images * bandFloats);
        using var sums = new Scratch(perWorker * threads);
        var job = new Job
        {
            Plan = plan,
            Stamp = Stamp.For(context.Isa),
            Ends = entries.Ends,
            Bases = entries.Bases,
            Entries = entries.Entries,
            Lists = entries.Groups,
            Packed = packed,
            Bias = bias,
            Y = y,
            Sums = sums.Floats,
            PerWorker = perWorker,
            Bands = bands,
            Images = images,
        };
        context.Pool.Run((long)blocks * bands * ((g.N + images - 1) / images), new StampBody { Job = &job });
    }

    /// <summary>What follows from the filters' shape, and the width of the uncut output.</summary>
    private readonly struct Plan
    {
        public readonly ConvTranspose2dGeometry G;

        /// <summary>Channels of x and of y in one convolution group.</summary>
        public readonly int Cin, Cout;

        /// <summary>Blocks of output channels, and channels in one but the last.</summary>
        public readonly int Blocks, Block;

        /// <summary>Channels of x whose filters are read together.</summary>
        public readonly int Group;

        /// <summary>Columns of the sums: everything that is stamped, and the columns past it.</summary>
        public readonly int Width;

        public Plan(in ConvTranspose2dGeometry g)
        {
            G = g;
            (Cin, Cout) = (g.Cin / g.Groups, g.Cout / g.Groups);
            Blocks = Math.Max(1, (Cout + 63) / 64);
            Block = Blocks == 1 ? Cout : ((Cout + Blocks - 1) / Blocks + 15) & ~15;
            Blocks = Math.Max(1, (Cout + Block - 1) / Math.Max(Block, 1));
            // In equal groups: a last one of few channels would leave threads idle.
            var most = (int)Math.Clamp(GroupFloats / Math.Max(Taps * Block, 1), 16, 64);
            var groups = Math.Max(1, (Cin + most - 1) / most);
            Group = Math.Max(1, (Cin + groups - 1) / groups);
            Width = Math.Max((g.W - 1) * g.Stride.W + g.Dilation.W * (g.Kernel.W - 1) + 1, g.Padding.W + g.OW);
        }

        public nint Taps => (nint)G.Kernel.H * G.Kernel.W;

        public int Channels(int block) => Math.Min(Block, Cout - block * Block);

        /// <summary>Where the packed filters of a block begin.</summary>
        public nint Filters(int group, int block) => ((nint)group * Cout + (nint)block * Block) * Cin * Taps;
    }

    /// <summary>The filters of one channel of x.</summary>
    private struct PackBody : IParallelBody
    {
        public Plan Plan;
        public float* W;
        public float* Packed;

        public readonly void Run(long index, int worker)
        {
            int group = (int)index / Plan.Cin, channel = (int)index % Plan.Cin;
            var taps = Plan.Taps;
            var from = W + (nint)index * Plan.Cout * taps;
            for (var block = 0; block < Plan.Blocks; block++)
            {
                var channels = Plan.Channels(block);
                var to = Packed + Plan.Filters(group, block) + channel * taps * channels;
                for (nint tap = 0; tap < taps; tap++)
                {
                    for (var c = 0; c < channels; c++)
                        *to++ = from[((nint)block * Plan.Block + c) * taps + tap];
                }
            }
        }
    }

    private struct Job
    {
        public Plan Plan;
        public delegate*<in Stamp, StampEntry*, int, float*, void> Stamp;
        public int* Ends;
        public long* Bases;
        public StampEntry* Entries;
        public int Lists;
        public float* Packed;
        public float* Bias;
        public float* Y;
        public float* Sums;
        public nint PerWorker;
        public int Bands;
        public int Images;
    }

    /// <summary>Filters that are used next, fetched little by little: all at once they would hold up those at hand.</summary>
    private ref struct Upcoming(float* filters, nint floats, nint steps)
    {
        private const int Line = 16;

        private readonly float* end = filters + floats;
        private readonly nint share = ((floats + steps - 1) / Math.Max(steps, 1) + Line - 1) / Line * Line;
        private float* at = filters;

        /// <summary>The share of some of the steps.</summary>
        public void Fetch(nint steps)
        {
            if (!Sse.IsSupported)
                return;
            for (var until = at + Math.Min(steps * share, (nint)(end - at)); at < until; at += Line)
                Sse.Prefetch1(at);
        }

        public void FetchAll() => Fetch(steps);
    }

    /// <summary>Some images, one band of output rows, one block of output channels.</summary>
    private struct StampBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var plan = job->Plan;
            var g = plan.G;
            int blocks = g.Groups * plan.Blocks, at = (int)(index % blocks), group = at / plan.Blocks, block = at % plan.Blocks;
            var band = (int)(index / blocks % job->Bands);
            var image = (int)(index / blocks / job->Bands) * job->Images;
            var images = Math.Min(job->Images, g.N - image);
            int firstRow = (int)((long)g.OH * band / job->Bands), endRow = (int)((long)g.OH * (band + 1) / job->Bands);
            var channels = plan.Channels(block);
            var floats = (nint)(endRow - firstRow) * plan.Width * channels;
            var sums = job->Sums + worker * job->PerWorker;
            var channel = group * plan.Cout + block * plan.Block;
            Begin(sums, images * floats, channels, job->Bias == null ? null : job->Bias + channel);

            var stamp = new Stamp
            {
                FilterFloats = plan.Taps * channels,
                FilterRow = (nint)g.Kernel.W * channels,
                OutputRow = (nint)g.Dilation.H * plan.Width * channels,
                OutputRun = (nint)g.Dilation.W * channels,
                Runs = g.Dilation.W == 1 ? 1 : g.Kernel.W,
                Length = g.Dilation.W == 1 ? g.Kernel.W * channels : channels,
            };
            var filters = job->Packed + plan.Filters(group, block);
            for (var list = 0; list < job->Lists; list++)
            {
                for (var i = 0; i < images; i++)
                {
                    var own = ((nint)(image + i) * g.Groups + group) * job->Lists + list;
                    // One image uses a filter some times only: what comes next must be on its way while it does.
                    var upcoming = images == 1 && list + 1 < job->Lists && Any(own + 1)
                        ? Math.Min(plan.Group, plan.Cin - (list + 1) * plan.Group) * stamp.FilterFloats : 0;
                    var next = new Upcoming(filters + (list + 1) * plan.Group * stamp.FilterFloats, upcoming, (nint)g.H * g.W);
                    if (Any(own))
                        Rows(stamp, filters, own, next, firstRow, endRow, channels, sums + i * floats);
                    else
                        next.FetchAll();
                }
            }
            var output = new ChannelPlanes
            {
                Channels = channels, Rows = endRow - firstRow, Columns = g.OW, SourceRow = (nint)plan.Width * channels,
                Plane = (nint)g.OH * g.OW,
            };
            for (var i = 0; i < images; i++)
            {
                output.Write(
                    sums + i * floats + g.Padding.W * channels,
                    job->Y + ((nint)(image + i) * g.Cout + channel) * output.Plane + (nint)firstRow * g.OW);
            }
        }

        /// <summary>Whether a list has entries.</summary>
        private readonly bool Any(nint list)
        {
            nint plane = (nint)Job->Plan.G.H * Job->Plan.G.W;
            return plane > 0 && Job->Ends[(list + 1) * plane - 1] > 0;
        }

        private static void Begin(float* sums, nint floats, int channels, float* bias)
        {
            if (bias == null)
            {
                new Span<float>(sums, checked((int)floats)).Clear();
                return;
            }
            for (nint i = 0; i < floats; i += channels)
                new ReadOnlySpan<float>(bias, channels).CopyTo(new Span<float>(sums + i, channels));
        }

        /// <summary>All entries of a list whose filters meet the band.</summary>
        private readonly void Rows(
            Stamp stamp, float* filters, nint list, Upcoming next, int firstRow, int endRow, int channels, float* sums)
        {
            var job = Job;
            var g = job->Plan.G;
            var ends = job->Ends + list * g.H * g.W;
            var entries = job->Entries + job->Bases[list];
            var row = (nint)job->Plan.Width * channels;
            for (var h = 0; h < g.H; h++)
            {
                // Output rows top, top + dilation, ...: those of the band.
                var top = h * g.Stride.H - g.Padding.H - firstRow;
                var first = top >= 0 ? 0 : (-top + g.Dilation.H - 1) / g.Dilation.H;
                var room = endRow - firstRow - top;
                var end = room <= 0 ? 0 : Math.Min(g.Kernel.H, (room + g.Dilation.H - 1) / g.Dilation.H);
                if (first >= end)
                {
                    next.Fetch(g.W);
                    continue;
                }
                stamp.Filters = filters + first * stamp.FilterRow;
                stamp.Rows = end - first;
                var to = sums + ((nint)top + first * g.Dilation.H) * row;
                var position = h * g.W;
                var from = position == 0 ? 0 : ends[position - 1];
                for (var v = 0; v < g.W; v++)
                {
                    var until = ends[position + v];
                    if (until > from)
                        job->Stamp(stamp, entries + from, until - from, to + (nint)v * g.Stride.W * channels);
                    from = until;
                    next.Fetch(1);
                }
            }
        }
    }
}
