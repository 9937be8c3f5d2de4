namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches)
    {
        if (x.DType != DType.Float32)
            base.MaxPool2dForward(g, x, y, switches);
        else
            MaxPoolKernel.Run(context.Pool, g, Pointer(x), Pointer(y), switches.Cpu<int>().Pointer);
    }
}
