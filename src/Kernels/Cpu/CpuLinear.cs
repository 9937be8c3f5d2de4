namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        if (x.DType != DType.Float32)
            base.LinearForward(g, x, w, bias, y);
        else
            Kernels.LinearForward.Run(context, g, Pointer(x), Pointer(w), Pointer(bias), Pointer(y));
    }

    /// <inheritdoc/>
    public override void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType != DType.Float32)
            base.LinearBackwardInput(g, dy, w, dx);
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
}
