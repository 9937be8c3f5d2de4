using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// The gradient of a convolution's weights: dw [Cout x window] = dy [Cout x positions] times the transposed shifted
/// planes, summed over images.
/// </summary>
/// <remarks>
/// dy is packed once, or on the way where few tasks walk over it. A task owns a block of window columns (some filter taps)
/// for all output channels and walks over images and slices of positions, packing its panels from the copied planes by
/// 8 x 8 transposes; its part of dw stays
/// in private scratch until the end. When a window is too short to give enough tasks, the walk is cut into parts whose
/// sums are added in order. How it is cut depends on the shape alone, so results do not depend on the thread count.
/// </remarks>
internal static unsafe class ConvolutionBackwardWeight
{
    private const nint PanelsAtOnce = 6;
    private const nint TasksWanted = 16;
    private const long PackedBytes = 64L << 20;

    /// <summary>dw = the gradient of w, summed over the batch.</summary>
    public static void Run(KernelContext context, in Conv2dGeometry g, float* x, float* dy, float* dw)
    {
        var window = ConvolutionForward.Window(g);
        nint positions = (nint)g.OH * g.OW;
        if (g.N == 0 || positions == 0)
        {
            new Span<float>(dw, checked((int)(g.Cout * window))).Clear();
            return;
        }
        int cin = g.Cin / g.Groups, cout = g.Cout / g.Groups;
        var kernel = context.Kernel;
        var layout = ConvolutionForward.Layout(g);
        var imageFloats = g.Cin * layout.Floats;
        var onTheWay = kernel.PacksOnTheWay(Blocks(kernel, window));
        var packedImage = onTheWay ? 0 : g.Groups * PackedOperand.Floats(kernel, cout, positions);
        var chunk = (int)Math.Clamp(
            Math.Min(ConvolutionForward.PlaneBytes / (imageFloats * sizeof(float)), PackedBytes / Math.Max(1, packedImage * sizeof(float))),
            1, g.N);
        using var offsetRoom = new Scratch(2 * window);
        using var planes = new Scratch(chunk * imageFloats);
        using var packed = new Scratch(chunk * packedImage);
        var offsets = (nint*)offsetRoom.Floats;
        ConvolutionForward.FillOffsets(g, layout, cin, offsets);
        for (var n = 0; n < g.N; n += chunk)
        {
            var images = Math.Min(chunk, g.N - n);
            PlaneCopy.Run(context.Pool, layout, (nint)images * g.Cin, x + (nint)n * g.Cin * g.H * g.W, planes.Floats);
            // Images and groups lie alike in dy and in the packed copy: one operand each.
            for (var part = 0; part < images * g.Groups && !onTheWay; part++)
            {
                new PackedOperand
                {
                    Kernel = kernel,
                    Source = dy + ((nint)n * g.Cout + (nint)part * cout) * positions,
                    RowStride = positions,
                    KStride = 1,
                    Rows = cout,
                    K = positions,
                    Target = packed.Floats + part * (packedImage / g.Groups),
                }.Run(context.Pool);
            }
            for (var group = 0; group < g.Groups; group++)
            {
                new Job
                {
                    Kernel = kernel,
                    Rows = cout,
                    Columns = window,
                    Positions = positions,
                    Images = images,
                    OnTheWay = onTheWay,
                    Gradient = onTheWay
                        ? dy + ((nint)n * g.Cout + (nint)group * cout) * positions
                        : packed.Floats + group * (packedImage / g.Groups),
                    GradientStride = onTheWay ? g.Cout * positions : packedImage,
                    Planes = new ShiftedMatrix
                    {
                        Source = planes.Floats + group * cin * layout.Floats,
                        Offsets = offsets,
                        Pitch = layout.Columns,
                        GridRows = g.OH,
                        GridColumns = g.OW,
                    },
                    ImageStride = imageFloats,
                    Target = dw + (nint)group * cout * window,
                    Add = n > 0,
                }.Run(context.Pool);
            }
        }
    }

    private static nint Blocks(in MicroKernel kernel, nint window) => (kernel.ColumnPanels(window) + PanelsAtOnce - 1) / PanelsAtOnce;

    /// <summary>One group over a chunk of images.</summary>
    private struct Job
    {
        public MicroKernel Kernel;
        public nint Rows;
        public nint Columns;
        public nint Positions;
        public nint Images;

        /// <summary>Whether <see cref="Gradient"/> is dy itself, to be packed by the products, or packed.</summary>
        public bool OnTheWay;

        public float* Gradient;

        /// <summary>Floats from one image's gradient to the next.</summary>
        public nint GradientStride;

        public ShiftedMatrix Planes;
        public nint ImageStride;
        public float* Target;
        public bool Add;

        public readonly nint Blocks => _blocks;

        private nint _slice;
        private nint _slices;
        private nint _panels;
        private nint _blocks;
        private nint _parts;
        private float* _sums;
        private float* _scratch;
        private nint _perWorker;
        private nint _packedFloats;
        private nint _productFloats;

        public void Run(WorkerPool pool)
        {
            _slice = Kernel.KSlice(Positions);
            _slices = (Positions + _slice - 1) / _slice;
            _panels = Kernel.ColumnPanels(Columns);
            _blocks = Blocks(Kernel, Columns);
            _parts = Math.Clamp((TasksWanted + _blocks - 1) / _blocks, 1, Images * _slices);
            var largest = (_panels + _blocks - 1) / _blocks * Kernel.Columns;
            _packedFloats = (largest * _slice + 8 * Kernel.Columns + 63) & ~63;
            _productFloats = (Rows * largest + 63) & ~63;
            _perWorker = Scratch.Apart(_packedFloats + _productFloats + (OnTheWay ? Kernel.RowBlock * _slice : 0));
            using var sums = new Scratch(_parts > 1 ? _parts * Rows * Columns : 0);
            using var scratch = new Scratch(_perWorker * pool.Threads);
            _sums = sums.Floats;
            _scratch = scratch.Floats;
            fixed (Job* job = &this)
            {
                pool.Run(_blocks * _parts, new MultiplyBody { Job = job });
                if (_parts > 1)
                    pool.Run(Rows, new AddBody { Job = job });
            }
        }

        public readonly void Multiply(nint block, nint part, int worker)
        {
            var nr = Kernel.Columns;
            nint firstPanel = _panels * block / _blocks, endPanel = _panels * (block + 1) / _blocks;
            var column = firstPanel * nr;
            var columns = Math.Min(Columns, endPanel * nr) - column;
            var packed = _scratch + worker * _perWorker;
            var units = Images * _slices;
            nint first = units * part / _parts, end = units * (part + 1) / _parts;
            BlockProduct product = default;
            product.Kernel = Kernel;
            product.B = packed;
            product.C = packed + _packedFloats;
            product.A = product.C + _productFloats;
            product.SourceAStride = Positions;
            product.Ldc = columns;
            product.Rows = Rows;
            product.Columns = columns;
            var rowPanels = Kernel.RowPanels(Rows) * Kernel.Rows;
            for (var unit = first; unit < end; unit++)
            {
                nint image = unit / _slices, k = unit % _slices * _slice;
                var length = Math.Min(_slice, Positions - k);
                var matrix = Planes;
                matrix.Source += image * ImageStride;
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    var row = panel * nr;
                    matrix.PackTransposedPanel(
                        row, (int)Math.Min(nr, Columns - row), nr, k, length, packed + (panel - firstPanel) * nr * length);
                }
                var gradient = Gradient + image * GradientStride;
                if (OnTheWay)
                    product.SourceA = gradient + k;
                else
                    product.A = gradient + rowPanels * k;
                product.K = length;
                product.Mode = unit > first ? TileMode.Accumulate : TileMode.None;
                product.Run();
            }
            if (_parts > 1)
                Store(product.C, columns, _sums + part * Rows * Columns + column, add: false);
            else
                Store(product.C, columns, Target + column, Add);
        }

        private readonly void Store(float* block, nint columns, float* target, bool add)
        {
            for (nint i = 0; i < Rows; i++, block += columns, target += Columns)
            {
                if (add)
                    AddTo(target, block, columns);
                else
                    Unsafe.CopyBlockUnaligned(target, block, (uint)(columns * sizeof(float)));
            }
        }

        public readonly void AddParts(nint row)
        {
            var target = Target + row * Columns;
            for (nint part = 0; part < _parts; part++)
            {
                var source = _sums + (part * Rows + row) * Columns;
                if (part == 0 && !Add)
                    Unsafe.CopyBlockUnaligned(target, source, (uint)(Columns * sizeof(float)));
                else
                    AddTo(target, source, Columns);
            }
        }

        private static void AddTo(float* target, float* source, nint count)
        {
            for (nint i = 0; i < count; i++)
                target[i] += source[i];
        }
    }

    private struct MultiplyBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker)
        {
            var blocks = Job->Blocks;
            Job->Multiply((nint)index % blocks, (nint)index / blocks, worker);
        }
    }

    private struct AddBody : IParallelBody
    {
        public Job* Job;

        public readonly void Run(long index, int worker) => Job->AddParts((nint)index);
    }
}
