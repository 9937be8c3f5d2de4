namespace ZfNet.Kernels;

/// <summary>y = conv(x, w) + bias (and optionally the rectifier), any stride, padding, dilation and groups.</summary>
internal static unsafe class ConvolutionForward
{
    /// <summary>Copied planes of so many bytes at once at most (but one image at least).</summary>
    internal const long PlaneBytes = 32L << 20;

    /// <summary>Floats that <see cref="PackWeights"/> writes.</summary>
    public static nint PackedFloats(KernelContext context, in Conv2dGeometry g) =>
        g.Groups * PackedOperand.Floats(context.Kernel, g.Cout / g.Groups, Window(g));

    /// <summary>Packs the weights [Cout, Cin/groups, KH, KW] for <see cref="Run"/>; they may be kept while w does not change.</summary>
    public static void PackWeights(KernelContext context, in Conv2dGeometry g, float* w, float* packed)
    {
        var (rows, k) = (g.Cout / g.Groups, Window(g));
        for (var group = 0; group < g.Groups; group++)
        {
            new PackedOperand
            {
                Kernel = context.Kernel,
                Source = w + (nint)group * rows * k,
                RowStride = k,
                KStride = 1,
                Rows = rows,
                K = k,
                Target = packed + group * PackedOperand.Floats(context.Kernel, rows, k),
            }.Run(context.Pool);
        }
    }

    /// <summary>Convolves with weights that <see cref="PackWeights"/> packed.</summary>
    public static void Run(
        KernelContext context, in Conv2dGeometry g, float* x, float* packed, float* bias, float* y, bool relu = false)
    {
        if (g.N == 0 || g.OH == 0 || g.OW == 0)
            return;
        var layout = Layout(g);
        int cin = g.Cin / g.Groups, cout = g.Cout / g.Groups;
        var window = Window(g);
        using var offsetRoom = new Scratch(2 * window);
        var offsets = (nint*)offsetRoom.Floats;
        FillOffsets(g, layout, cin, offsets);
        var imageFloats = g.Cin * layout.Floats;
        var chunk = (int)Math.Clamp(PlaneBytes / (imageFloats * sizeof(float)), 1, g.N);
        using var planes = new Scratch(chunk * imageFloats);
        nint plane = (nint)g.OH * g.OW;
        for (var n = 0; n < g.N; n += chunk)
        {
            var images = Math.Min(chunk, g.N - n);
            PlaneCopy.Run(context.Pool, layout, (nint)images * g.Cin, x + (nint)n * g.Cin * g.H * g.W, planes.Floats);
            for (var group = 0; group < g.Groups; group++)
            {
                new PlaneConvolution
                {
                    Kernel = context.Kernel,
                    A = packed + group * PackedOperand.Floats(context.Kernel, cout, window),
                    Rows = cout,
                    K = window,
                    B = new ShiftedMatrix
                    {
                        Source = planes.Floats + group * cin * layout.Floats,
                        Offsets = offsets,
                        Pitch = layout.Columns,
                        GridRows = g.OH,
                        GridColumns = g.OW,
                    },
                    ImageStride = imageFloats,
                    Images = images,
                    Output = y + ((nint)n * g.Cout + group * cout) * plane,
                    OutputImage = g.Cout * plane,
                    OutputPlane = plane,
                    OutputRow = g.OW,
                    OutputColumn = 1,
                    Bias = bias == null ? null : bias + group * cout,
                    Relu = relu,
                }.Run(context.Pool);
            }
        }
    }

    /// <summary>Length of one output's sum.</summary>
    internal static nint Window(in Conv2dGeometry g) => (nint)(g.Cin / g.Groups) * g.Kernel.H * g.Kernel.W;

    /// <summary>The padded input, split into the stride's phases.</summary>
    internal static PlaneLayout Layout(in Conv2dGeometry g) => new(
        g.H, g.W, g.Stride.H, g.Stride.W, g.Padding.H, g.Padding.W,
        g.OH + (g.Kernel.H - 1) * g.Dilation.H / g.Stride.H, g.OW + (g.Kernel.W - 1) * g.Dilation.W / g.Stride.W);

    /// <summary>Where each tap (channel, row, column) of a window starts in the copied planes.</summary>
    internal static void FillOffsets(in Conv2dGeometry g, in PlaneLayout layout, int channels, nint* offsets)
    {
        for (var c = 0; c < channels; c++)
        {
            for (var kh = 0; kh < g.Kernel.H; kh++)
            {
                for (var kw = 0; kw < g.Kernel.W; kw++)
                    *offsets++ = c * layout.Floats + layout.Offset(kh * g.Dilation.H, kw * g.Dilation.W);
            }
        }
    }
}
