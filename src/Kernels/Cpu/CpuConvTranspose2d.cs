namespace ZfNet.Kernels;

/// <summary>The transposed convolution is a convolution seen from the other side, so the convolution's fast paths serve it.</summary>
public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ConvTranspose2dForward(in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        Conv2dBackwardInput(g.Convolution, x, w, y);
        if (bias is not { } b)
            return;
        if (y.DType == DType.Float32)
            context.Pool.Run((long)g.N * g.Cout, new BiasBody<float>((long)g.OH * g.OW, b.Cpu<float>(), y.Cpu<float>()));
        else
            context.Pool.Run((long)g.N * g.Cout, new BiasBody<double>((long)g.OH * g.OW, b.Cpu<double>(), y.Cpu<double>()));
    }

    /// <inheritdoc/>
    public override void ConvTranspose2dBackwardInput(in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx) =>
        Conv2dForward(g.Convolution, dy, w, null, dx);

    /// <inheritdoc/>
    public override void ConvTranspose2dBackwardWeight(in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw) =>
        Conv2dBackwardWeight(g.Convolution, dy, x, dw);

    private readonly struct BiasBody<T>(long plane, NativeSpan<T> bias, NativeSpan<T> y) : IParallelBody
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        public void Run(long index, int worker)
        {
            var value = bias[index % bias.Length];
            var row = y.Slice(index * plane, plane);
            for (long i = 0; i < plane; i++)
                row[i] += value;
        }
    }
}
