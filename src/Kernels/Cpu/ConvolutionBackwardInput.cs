namespace ZfNet.Kernels;

/// <summary>
/// The gradient of a convolution's input, as convolutions of dy that gather.
/// </summary>
/// <remarks>
/// An input row h meets the filter rows kh with (h + padding - kh * dilation) divisible by the stride, so the rows
/// h = a, a + stride, ... of one phase share their filter rows, and dx of that phase is a stride-1 convolution of dy with
/// them. No products with inserted zeros, no col2im, no two threads adding to one cell. A phase that no filter row meets
/// is zero.
/// </remarks>
internal static unsafe class ConvolutionBackwardInput
{
    /// <summary>dx = the gradient of x; dy has a channel at least.</summary>
    public static void Run(KernelContext context, in Conv2dGeometry g, float* dy, float* w, float* dx)
    {
        if (g.N == 0 || g.H == 0 || g.W == 0)
            return;
        int cin = g.Cin / g.Groups, cout = g.Cout / g.Groups;
        var down = new Axis(g.H, g.Kernel.H, g.Stride.H, g.Padding.H, g.Dilation.H);
        var across = new Axis(g.W, g.Kernel.W, g.Stride.W, g.Padding.W, g.Dilation.W);
        var ((lowH, rows), (lowW, columns)) = (down.Extent, across.Extent);
        var layout = new PlaneLayout(g.OH, g.OW, 1, 1, lowH, lowW, rows, columns);
        nint longestK = (nint)down.MostTaps * across.MostTaps * cout;
        var imageFloats = g.Cout * layout.Floats;
        var chunk = (int)Math.Clamp(ConvolutionForward.PlaneBytes / (imageFloats * sizeof(float)), 1, g.N);
        using var planes = new Scratch(chunk * imageFloats);
        using var offsetRoom = new Scratch(4 * longestK);
        using var packed = new Scratch(PackedOperand.Floats(context.Kernel, cin, longestK));
        var offsets = (nint*)offsetRoom.Floats;
        nint inputPlane = (nint)g.H * g.W;
        for (var n = 0; n < g.N; n += chunk)
        {
            var images = Math.Min(chunk, g.N - n);
            PlaneCopy.Run(context.Pool, layout, (nint)images * g.Cout, dy + (nint)n * g.Cout * g.OH * g.OW, planes.Floats);
            for (var phase = 0; phase < down.Phases * across.Phases; phase++)
            {
                var (firstRow, firstColumn) = Math.DivRem(phase, across.Phases);
                var k = (nint)down.Taps(firstRow) * across.Taps(firstColumn) * cout;
                var weightOffsets = offsets + longestK;
                FillOffsets(g, layout, (down, firstRow), (across, firstColumn), offsets, weightOffsets);
                for (var group = 0; group < g.Groups; group++)
                {
                    new PackedOperand
                    {
                        Kernel = context.Kernel,
                        Source = w + (nint)group * cout * cin * g.Kernel.H * g.Kernel.W,
                        RowStride = (nint)g.Kernel.H * g.Kernel.W,
                        KOffsets = weightOffsets,
                        Rows = cin,
                        K = k,
                        Target = packed.Floats,
                    }.Run(context.Pool);
                    var output = dx + ((nint)n * g.Cin + group * cin) * inputPlane + (nint)firstRow * g.W + firstColumn;
                    var pass = new PlaneConvolution
                    {
                        Kernel = context.Kernel,
                        A = packed.Floats,
                        Rows = cin,
                        K = k,
                        B = new ShiftedMatrix
                        {
                            Source = planes.Floats + group * cout * layout.Floats,
                            Offsets = offsets,
                            Pitch = layout.Columns,
                            GridRows = down.Cells(firstRow),
                            GridColumns = across.Cells(firstColumn),
                        },
                        ImageStride = imageFloats,
                        Images = images,
                        Output = output,
                        OutputImage = g.Cin * inputPlane,
                        OutputPlane = inputPlane,
                        OutputRow = (nint)g.Stride.H * g.W,
                        OutputColumn = g.Stride.W,
                    };
                    if (k == 0)
                        FillEmpty(pass);
                    else
                        pass.Run(context.Pool);
                }
            }
        }
    }

    /// <summary>
    /// One direction of the input: the cells of a phase are first, first + stride, ..., and they share the filter's taps k that
    /// <see cref="Meets"/>; such a tap reads dy at <see cref="Shift"/> + step of the phase.
    /// </summary>
    private readonly record struct Axis(int Size, int Kernel, int Stride, int Padding, int Dilation)
    {
        public int Phases => Math.Min(Stride, Size);

        /// <summary>How far the phases read before dy's first cell, and how many cells they read in all.</summary>
        public (int Low, int Size) Extent
        {
            get
            {
                int begin = int.MaxValue, end = int.MinValue;
                for (var first = 0; first < Phases; first++)
                {
                    for (var k = 0; k < Kernel; k++)
                    {
                        if (!Meets(first, k))
                            continue;
                        begin = Math.Min(begin, Shift(first, k));
                        end = Math.Max(end, Shift(first, k) + Cells(first));
                    }
                }
                return begin == int.MaxValue ? (0, 1) : (-begin, end - begin);
            }
        }

        public int MostTaps
        {
            get
            {
                var most = 0;
                for (var first = 0; first < Phases; first++)
                    most = Math.Max(most, Taps(first));
                return most;
            }
        }

        public int Cells(int first) => (Size - first + Stride - 1) / Stride;

        public bool Meets(int first, int k) => (first + Padding - k * Dilation) % Stride == 0;

        public int Shift(int first, int k) => (first + Padding - k * Dilation) / Stride;

        public int Taps(int first)
        {
            var count = 0;
            for (var k = 0; k < Kernel; k++)
                count += Meets(first, k) ? 1 : 0;
            return count;
        }
    }

    private static void FillOffsets(
        in Conv2dGeometry g, in PlaneLayout layout, (Axis Axis, int First) rows, (Axis Axis, int First) columns, nint* source, nint* weight)
    {
        int cin = g.Cin / g.Groups, cout = g.Cout / g.Groups;
        for (var co = 0; co < cout; co++)
        {
            for (var row = 0; row < g.Kernel.H; row++)
            {
                if (!rows.Axis.Meets(rows.First, row))
                    continue;
                for (var column = 0; column < g.Kernel.W; column++)
                {
                    if (!columns.Axis.Meets(columns.First, column))
                        continue;
                    *source++ = co * layout.Floats + layout.Offset(
                        rows.Axis.Shift(rows.First, row) + layout.LowH, columns.Axis.Shift(columns.First, column) + layout.LowW);
                    *weight++ = ((nint)co * cin * g.Kernel.H + row) * g.Kernel.W + column;
                }
            }
        }
    }

    private static void FillEmpty(in PlaneConvolution pass)
    {
        for (nint image = 0; image < pass.Images; image++)
        {
            for (nint i = 0; i < pass.Rows; i++)
            {
                var plane = pass.Output + image * pass.OutputImage + i * pass.OutputPlane;
                for (nint y = 0; y < pass.B.GridRows; y++)
                {
                    for (nint x = 0; x < pass.B.GridColumns; x++)
                        plane[y * pass.OutputRow + x * pass.OutputColumn] = 0;
                }
            }
        }
    }
}
