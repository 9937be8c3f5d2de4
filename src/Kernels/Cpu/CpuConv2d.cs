namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Conv2dForward(
        in Conv2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y, bool relu = false)
    {
        if (!IsFast(g, x.DType))
        {
            base.Conv2dForward(g, x, w, bias, y, relu);
            return;
        }
        using var packed = packedWeights.Get(context, g, w);
        if (WinogradConvolution.Forward(context, g) is { } fast)
            WinogradConvolution.Run(context, fast.Shape, Pointer(x), packed.Floats, Pointer(bias), Pointer(y), relu);
        else
            ConvolutionForward.Run(context, g, Pointer(x), packed.Floats, Pointer(bias), Pointer(y), relu);
    }

    /// <inheritdoc/>
    public override Pair Conv2dTile(in Conv2dGeometry g, DType dtype) =>
        dtype == DType.Float32 && WinogradConvolution.Forward(context, g) is { } fast ? fast.Shape.Outputs : 1;

    /// <inheritdoc/>
    public override void Conv2dBackwardInput(in Conv2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (!IsFast(g, dy.DType))
        {
            base.Conv2dBackwardInput(g, dy, w, dx);
            return;
        }
        if (WinogradConvolution.BackwardInput(context, g) is { } fast)
        {
            using var packed = packedWeights.GetBackward(context, g, fast.Shape, fast.Filters, w);
            WinogradConvolution.Run(context, fast.Shape, Pointer(dy), packed.Floats, null, Pointer(dx));
        }
        else if (ConvolutionBackwardFewInputs.Pays(context, g))
        {
            ConvolutionBackwardFewInputs.Run(context, g, Pointer(dy), Pointer(w), Pointer(dx));
        }
        else
        {
            ConvolutionBackwardInput.Run(context, g, Pointer(dy), Pointer(w), Pointer(dx));
        }
    }

    /// <inheritdoc/>
    public override void Conv2dBackwardWeight(in Conv2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (!IsFast(g, x.DType))
            base.Conv2dBackwardWeight(g, x, dy, dw);
        else if (WinogradConvolution.BackwardWeight(context, g) is { } fast)
            WinogradBackwardWeight.Run(context, fast, Pointer(x), Pointer(dy), Pointer(dw));
        else
            ConvolutionBackwardWeight.Run(context, g, Pointer(x), Pointer(dy), Pointer(dw));
    }

    /// <inheritdoc/>
    public override void ConvTranspose2dForward(
        in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        if (x.DType != DType.Float32)
        {
            base.ConvTranspose2dForward(g, x, w, bias, y);
            return;
        }
        using var packed = packedWeights.Get(context, g, w);
        TransposedConvolution.Run(context, g, Pointer(x), packed.Floats, Pointer(bias), Pointer(y));
    }

    /// <inheritdoc/>
    public override void ConvTranspose2dBackwardInput(
        in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType != DType.Float32 || !IsPlain(g))
            base.ConvTranspose2dBackwardInput(g, dy, w, dx);
        else
            Conv2dForward(g.Convolution, dy, w, null, dx);
    }

    /// <inheritdoc/>
    public override void ConvTranspose2dBackwardWeight(
        in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (x.DType != DType.Float32 || !IsPlain(g))
            base.ConvTranspose2dBackwardWeight(g, x, dy, dw);
        else
            Conv2dBackwardWeight(g.Convolution, dy, x, dw);
    }

    /// <summary>
    /// Whether the convolution that <paramref name="g"/> transposes has exactly our input as its output: always, unless
    /// the output padding reaches the stride (allowed when the dilation is larger).
    /// </summary>
    private static bool IsPlain(in ConvTranspose2dGeometry g) => g.Convolution.OH == g.H && g.Convolution.OW == g.W;

    /// <summary>Whether there is a fast path, and something to do.</summary>
    private static bool IsFast(in Conv2dGeometry g, DType dtype) => dtype == DType.Float32 && g.N > 0 && g.Cout > 0;

    private static float* Pointer(BufferView view) => view.Cpu<float>().Pointer;

    private static float* Pointer(BufferView? view) => view is { } given ? Pointer(given) : null;
}
