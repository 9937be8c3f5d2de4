namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Add(BufferView a, BufferView b, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.Add(a, b, y);
        else
            ChunkLoop<AddKernel>.Run(context.Pool, y.Length, new AddKernel(Pointer(a), Pointer(b), Pointer(y)));
    }

    /// <inheritdoc/>
    public override void Multiply(BufferView a, BufferView b, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.Multiply(a, b, y);
        else
            ChunkLoop<MultiplyKernel>.Run(context.Pool, y.Length, new MultiplyKernel(Pointer(a), Pointer(b), Pointer(y)));
    }

    /// <inheritdoc/>
    public override void Scale(double factor, BufferView x, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.Scale(factor, x, y);
        else
            ChunkLoop<ScaleKernel>.Run(context.Pool, y.Length, new ScaleKernel((float)factor, Pointer(x), Pointer(y)));
    }

    /// <inheritdoc/>
    public override void ReLUForward(BufferView x, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.ReLUForward(x, y);
        else
            ChunkLoop<ReLUKernel>.Run(context.Pool, y.Length, new ReLUKernel(Pointer(x), Pointer(y)));
    }

    /// <inheritdoc/>
    public override void ReLUBackward(ReLURule rule, BufferView y, BufferView dy, BufferView dx)
    {
        if (dy.DType != DType.Float32)
        {
            base.ReLUBackward(rule, y, dy, dx);
            return;
        }
        var output = rule == ReLURule.Deconvnet ? null : Pointer(y);
        ChunkLoop<ReLUBackwardKernel>.Run(
            context.Pool, dy.Length, new ReLUBackwardKernel(rule, output, Pointer(dy), Pointer(dx)));
    }

    /// <inheritdoc/>
    public override void Sgd(SgdStep step, BufferView gradient, BufferView? velocity, BufferView w)
    {
        if (w.DType != DType.Float32)
        {
            base.Sgd(step, gradient, velocity, w);
            return;
        }
        ChunkLoop<SgdKernel>.Run(context.Pool, w.Length, Kernel(step, Pointer(gradient), velocity, w));
    }

    private static SgdKernel Kernel(SgdStep step, float* gradient, BufferView? velocity, BufferView w) => new(
        (float)step.LearningRate, (float)step.Momentum, (float)step.WeightDecay, gradient, Pointer(velocity), Pointer(w));

    /// <inheritdoc/>
    public override void Fill(double value, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.Fill(value, y);
        else
            ChunkLoop<FillKernel>.Run(context.Pool, y.Length, new FillKernel((float)value, Pointer(y)));
    }

    /// <inheritdoc/>
    public override void Copy(BufferView x, BufferView y)
    {
        if (y.DType != DType.Float32)
            base.Copy(x, y);
        else
            ChunkLoop<CopyKernel>.Run(context.Pool, y.Length, new CopyKernel(Pointer(x), Pointer(y)));
    }
}
