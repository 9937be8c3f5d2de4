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
    public Pair Conv2dTile(in Conv2dGeometry g, DType dtype) => 1;

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
        convolution.Gemm(LinearProducts.Forward(g, x.DType), At(x), At(w), At(y), Stream);
        AddBias(bias, y, g.N, g.Out, 1);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx) =>
        convolution.Gemm(LinearProducts.BackwardInput(g, dy.DType), At(dy), At(w), At(dx), Stream);

    /// <inheritdoc/>
    public void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw) =>
        convolution.Gemm(LinearProducts.BackwardWeight(g, x.DType), At(dy), At(x), At(dw), Stream);

    /// <inheritdoc/>
    public void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums)
    {
        using var scratch = memory.Allocate(CudaChannelSum.ChannelSumScratch(x.DType, outer, channels, inner));
        kernels.ChannelSum(x.DType, outer, channels, inner, At(x), At(sums), scratch.Pointer, Stream);
    }

    private void AddBias(BufferView? bias, BufferView y, int outer, int channels, long inner, bool relu = false)
    {
        if (bias is { } given)
            kernels.Bias(y.DType, At(y), At(given), outer, channels, inner, relu, Stream);
    }
}
