namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend : ILinearSgd
{
    /// <inheritdoc/>
    public override void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        if (x.DType != DType.Float32)
            base.LinearForward(g, x, w, bias, y);
        else if (w.DType == DType.BFloat16)
            Kernels.LinearForward.Run(context, g, Pointer(x), w.Cpu<BFloat16>().Pointer, Pointer(bias), Pointer(y));
        else
            Kernels.LinearForward.Run(context, g, Pointer(x), Pointer(w), Pointer(bias), Pointer(y));
    }

    /// <inheritdoc/>
    public override void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType != DType.Float32)
            base.LinearBackwardInput(g, dy, w, dx);
        else if (w.DType == DType.BFloat16)
            LinearBackward.Input(context, g, Pointer(dy), w.Cpu<BFloat16>().Pointer, Pointer(dx));
        else
            LinearBackward.Input(context, g, Pointer(dy), Pointer(w), Pointer(dx));
    }

    /// <inheritdoc/>
    public override void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (x.DType != DType.Float32)
            base.LinearBackwardWeight(g, x, dy, dw);
        else
            LinearBackward.Weight(context, g, Pointer(x), Pointer(dy), Pointer(dw));
    }

    /// <inheritdoc/>
    public bool Fuses(LinearGeometry g, DType dtype) => dtype == DType.Float32 && g.N <= Kernels.LinearForward.MaxBatch;

    /// <inheritdoc/>
    public void LinearSgd(LinearGeometry g, SgdStep step, BufferView x, BufferView dy, BufferView? velocity, BufferView w) =>
        LinearBackward.Sgd(context, g, Pointer(x), Pointer(dy), Kernel(step, null, velocity, w));
}
