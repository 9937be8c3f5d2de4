using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// Sums over all but the channel axis. Planes (a convolution's bias): a task sums one channel, eight lanes at a time, and adds
/// the planes in double. Rows (a linear layer's): a task adds up a run of columns. Either way the order is fixed.
/// </summary>
public sealed unsafe partial class CpuBackend
{
    private const int ColumnGrain = 1024;

    /// <inheritdoc/>
    public override void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums)
    {
        if (x.DType != DType.Float32)
        {
            base.ChannelSum(outer, channels, inner, x, sums);
            return;
        }
        float* from = x.Cpu<float>().Pointer, to = sums.Cpu<float>().Pointer;
        if (inner == 1)
            context.Pool.Run((channels + ColumnGrain - 1) / ColumnGrain, new ColumnSumBody(outer, channels, from, to));
        else
            context.Pool.Run(channels, new PlaneSumBody(outer, channels, inner, from, to));
    }

    private readonly struct PlaneSumBody(long outer, int channels, long inner, float* x, float* sums) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var total = 0.0;
            for (long o = 0; o < outer; o++)
            {
                var lanes = Vector256<float>.Zero;
                var rest = 0f;
                var plane = x + (o * channels + index) * inner;
                long i = 0;
                for (; i <= inner - Vector256<float>.Count; i += Vector256<float>.Count)
                    lanes += Vector256.Load(plane + i);
                for (; i < inner; i++)
                    rest += plane[i];
                total += Vector256.Sum(lanes) + rest;
            }
            sums[index] = (float)total;
        }
    }

    private readonly struct ColumnSumBody(long outer, int channels, float* x, float* sums) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var first = (int)(index * ColumnGrain);
            var run = new Span<float>(sums + first, Math.Min(ColumnGrain, channels - first));
            run.Clear();
            for (long o = 0; o < outer; o++)
                for (var c = 0; c < run.Length; c++)
                    run[c] += x[o * channels + first + c];
        }
    }
}
