namespace ZfNet.Kernels.Cuda;

/// <content>Convolutions, linear layers and their biases.</content>
public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void Conv2dForward(
        in Conv2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y, bool relu = false)
    {
        convolution.Forward(new ConvolutionShape(g), x.DType, At(x), At(w), At(y), Stream);
        AddBias(bias, y, g.N, g.Cout, (long)g.OH * g.OW, relu);
        if (relu && bias is null)
            ReLUForward(y, y);
    }

    /// <inheritdoc/>
    public void Conv2dBackwardInput(in Conv2dGeometry g, BufferView dy, BufferView w, BufferView dx) =>
        convolution.BackwardInput(new ConvolutionShape(g), dy.DType, At(dy), At(w), At(dx), Stream);

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(in Conv2dGeometry g, BufferView x, BufferView dy, BufferView dw) =>
        convolution.BackwardWeight(new ConvolutionShape(g), x.DType, At(x), At(dy), At(dw), Stream);

    /// <inheritdoc/>
    public void ConvTranspose2dForward(
        in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        convolution.BackwardInput(new ConvolutionShape(g), x.DType, At(x), At(w), At(y), Stream);
        AddBias(bias, y, g.N, g.Cout, (long)g.OH * g.OW);
    }

    /// <inheritdoc/>
    public void ConvTranspose2dBackwardInput(
        in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx) =>
        convolution.Forward(new ConvolutionShape(g), dy.DType, At(dy), At(w), At(dx), Stream);

    /// <inheritdoc/>
    public void ConvTranspose2dBackwardWeight(
        in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw) =>
        convolution.BackwardWeight(new ConvolutionShape(g), x.DType, At(dy), At(x), At(dw), Stream);

    /// <inheritdoc/>
    public void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        var product = new GemmShape
        {
            DType = x.DType, M = g.N, N = g.Out, K = g.In, TransposeB = true, LdA = Ld(g.In), LdB = Ld(g.In),
            LdC = Ld(g.Out),
        };
        convolution.Gemm(product, At(x), At(w), At(y), Stream);
        AddBias(bias, y, g.N, g.Out, 1);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        var product = new GemmShape
        {
            DType = dy.DType, M = g.N, N = g.In, K = g.Out, LdA = Ld(g.Out), LdB = Ld(g.In), LdC = Ld(g.In),
        };
        convolution.Gemm(product, At(dy), At(w), At(dx), Stream);
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        var product = new GemmShape
        {
            DType = x.DType, M = g.Out, N = g.In, K = g.N, TransposeA = true, LdA = Ld(g.Out), LdB = Ld(g.In),
            LdC = Ld(g.In),
        };
        convolution.Gemm(product, At(dy), At(x), At(dw), Stream);
    }

    /// <inheritdoc/>
    public void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums)
    {
        using var scratch = memory.Allocate(CudaChannelSum.ChannelSumScratch(x.DType, outer, channels, inner));
        kernels.ChannelSum(x.DType, outer, channels, inner, At(x), At(sums), scratch.Pointer, Stream);
    }

    // A matrix without columns still has rows that lie apart.
    private static int Ld(int columns) => Math.Max(1, columns);

    private void AddBias(BufferView? bias, BufferView y, int outer, int channels, long inner, bool relu = false)
    {
        if (bias is { } given)
            kernels.Bias(y.DType, At(y), At(given), outer, channels, inner, relu, Stream);
    }
}
