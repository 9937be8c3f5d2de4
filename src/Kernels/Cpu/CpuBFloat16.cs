namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Narrow(BufferView x, BufferView y) =>
        ChunkLoop<NarrowKernel>.Run(context.Pool, x.Length, new NarrowKernel(Pointer(x), y.Cpu<BFloat16>().Pointer));

    /// <inheritdoc/>
    public override void Widen(BufferView x, BufferView y) =>
        ChunkLoop<WidenKernel>.Run(context.Pool, x.Length, new WidenKernel(x.Cpu<BFloat16>().Pointer, Pointer(y)));

    private readonly struct NarrowKernel(float* x, BFloat16* y) : IChunkKernel
    {
        private readonly float* x = x;
        private readonly BFloat16* y = y;

        public void Run(long start, long count) =>
            BFloat16.Round(new ReadOnlySpan<float>(x + start, (int)count), new Span<BFloat16>(y + start, (int)count));
    }

    private readonly struct WidenKernel(BFloat16* x, float* y) : IChunkKernel
    {
        private readonly BFloat16* x = x;
        private readonly float* y = y;

        public void Run(long start, long count) =>
            BFloat16.Widen(new ReadOnlySpan<BFloat16>(x + start, (int)count), new Span<float>(y + start, (int)count));
    }
}
