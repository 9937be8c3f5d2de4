namespace ZfNet.Kernels;

/// <summary>Random numbers on all threads: blocks of a stream are independent, so each task takes a run of them.</summary>
public sealed partial class CpuBackend
{
    private const long RandomGrain = 1 << 16;

    /// <inheritdoc/>
    public override void RandomUniform(ulong seed, ulong stream, double low, double high, BufferView y)
    {
        if (y.DType == DType.Float32)
            RunRandom(new RandomBody(normal: false, seed, stream, low, high, y.Cpu<float>()), y.Length);
        else
            base.RandomUniform(seed, stream, low, high, y);
    }

    /// <inheritdoc/>
    public override void RandomNormal(ulong seed, ulong stream, double mean, double deviation, BufferView y)
    {
        if (y.DType == DType.Float32)
            RunRandom(new RandomBody(normal: true, seed, stream, mean, deviation, y.Cpu<float>()), y.Length);
        else
            base.RandomNormal(seed, stream, mean, deviation, y);
    }

    private void RunRandom(RandomBody body, long length) => context.Pool.Run((length + RandomGrain - 1) / RandomGrain, body);

    private readonly struct RandomBody(bool normal, ulong seed, ulong stream, double a, double b, NativeSpan<float> y) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            long start = index * RandomGrain, end = Math.Min(start + RandomGrain, y.Length);
            if (normal)
                RandomNormal(seed, stream, a, b, y, start, end);
            else
                RandomUniform(seed, stream, a, b, y, start, end);
        }
    }
}
