namespace ZfNet.Kernels;

/// <summary>Dropout on all threads: the mask is a function of the element's number, so any split gives the same one.</summary>
public sealed unsafe partial class CpuBackend
{
    private const long DropoutGrain = 1 << 14;

    /// <inheritdoc/>
    public override void Dropout(DropoutMask mask, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            context.Pool.Run((x.Length + DropoutGrain - 1) / DropoutGrain,
                new DropoutBody(
                    mask.Seed, mask.Stream, mask.Threshold, (float)mask.Scale, x.Length, x.Cpu<float>().Pointer,
                    y.Cpu<float>().Pointer));
        else
            base.Dropout(mask, x, y);
    }

    private readonly struct DropoutBody(
        ulong seed, ulong stream, ulong threshold, float scale, long length, float* x, float* y) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            long start = index * DropoutGrain, end = Math.Min(start + DropoutGrain, length);
            var words = stackalloc uint[4];
            for (var i = start; i < end; i++)
            {
                if (i % 4 == 0)
                    (words[0], words[1], words[2], words[3]) = Philox.Block(seed, stream, (ulong)(i / 4));
                y[i] = words[i % 4] < threshold ? 0 : x[i] * scale;
            }
        }
    }
}
