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
        var (taps, layout) = Plan(g);
        var longest = 0;
        foreach (var phase in taps)
            longest = Math.Max(longest, phase.Rows.Count * phase.Columns.Count);
        nint longestK = (nint)longest * cout;
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
            foreach (var phase in taps)
            {
                var k = (nint)phase.Rows.Count * phase.Columns.Count * cout;
                var weightOffsets = offsets + longestK;
                FillOffsets(g, layout, phase, cout, cin, offsets, weightOffsets);
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
                    var output = dx + ((nint)n * g.Cin + group * cin) * inputPlane + (nint)phase.FirstRow * g.W + phase.FirstColumn;
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
                            GridRows = phase.GridRows,
                            GridColumns = phase.GridColumns,
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

    /// <summary>A filter row (or column) and where it reads: dy at Shift + step of the phase.</summary>
    private readonly record struct Tap(int Filter, int Shift);

    /// <summary>The input cells (FirstRow + i * stride, FirstColumn + j * stride) and the taps they share.</summary>
    private sealed record Phase(
        int FirstRow, int FirstColumn, int GridRows, int GridColumns, List<Tap> Rows, List<Tap> Columns);

    private static (List<Phase> Phases, PlaneLayout Layout) Plan(in Conv2dGeometry g)
    {
        var phases = new List<Phase>();
        for (var a = 0; a < Math.Min(g.Stride.H, g.H); a++)
        {
            for (var b = 0; b < Math.Min(g.Stride.W, g.W); b++)
            {
                phases.Add(new Phase(
                    a, b, (g.H - a + g.Stride.H - 1) / g.Stride.H, (g.W - b + g.Stride.W - 1) / g.Stride.W,
                    Taps(a, g.Kernel.H, g.Stride.H, g.Padding.H, g.Dilation.H),
                    Taps(b, g.Kernel.W, g.Stride.W, g.Padding.W, g.Dilation.W)));
            }
        }
        var (lowH, rows) = Extent(phases, phase => phase.Rows, phase => phase.GridRows);
        var (lowW, columns) = Extent(phases, phase => phase.Columns, phase => phase.GridColumns);
        return (phases, new PlaneLayout(g.OH, g.OW, 1, 1, lowH, lowW, rows, columns));
    }

    private static List<Tap> Taps(int first, int kernel, int stride, int padding, int dilation)
    {
        var taps = new List<Tap>();
        for (var k = 0; k < kernel; k++)
        {
            var reach = first + padding - k * dilation;
            if (reach % stride == 0)
                taps.Add(new Tap(k, reach / stride));
        }
        return taps;
    }

    /// <summary>How far the phases read before dy's first row, and how many rows they read in all.</summary>
    private static (int Low, int Size) Extent(List<Phase> phases, Func<Phase, List<Tap>> taps, Func<Phase, int> grid)
    {
        int first = int.MaxValue, end = int.MinValue;
        foreach (var phase in phases)
        {
            foreach (var tap in taps(phase))
            {
                first = Math.Min(first, tap.Shift);
                end = Math.Max(end, tap.Shift + grid(phase));
            }
        }
        return first == int.MaxValue ? (0, 1) : (-first, end - first);
    }

    private static void FillOffsets(
        in Conv2dGeometry g, in PlaneLayout layout, Phase phase, int cout, int cin, nint* source, nint* weight)
    {
        for (var co = 0; co < cout; co++)
        {
            foreach (var row in phase.Rows)
            {
                foreach (var column in phase.Columns)
                {
                    *source++ = co * layout.Floats + layout.Offset(row.Shift + layout.LowH, column.Shift + layout.LowW);
                    *weight++ = ((nint)co * cin * g.Kernel.H + row.Filter) * g.Kernel.W + column.Filter;
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
