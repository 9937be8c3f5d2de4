using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>
    /// Of w [filters, size], in place: each filter whose root mean square exceeds the radius is scaled back to it. rms
    /// (Float64 [filters]) = what they were before; a filter with NaN is left alone. Worked out in float64.
    /// </summary>
    void RenormaliseFilters(long filters, long size, double radius, BufferView w, BufferView rms);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void RenormaliseFilters(long filters, long size, double radius, BufferView w, BufferView rms)
    {
        if (w.DType == DType.Float64)
            RenormaliseFilters(filters, size, radius, w.Cpu<double>(), rms.Cpu<double>());
        else
            RenormaliseFilters(filters, size, radius, w.Cpu<float>(), rms.Cpu<double>());
    }

    private static void RenormaliseFilters<T>(
        long filters, long size, double radius, NativeSpan<T> w, NativeSpan<double> rms)
        where T : unmanaged, INumberBase<T>
    {
        for (long f = 0, first = 0; f < filters; f++, first += size)
        {
            var sum = 0.0;
            for (var i = first; i < first + size; i++)
            {
                var value = double.CreateTruncating(w[i]);
                sum += value * value;
            }
            rms[f] = Math.Sqrt(sum / size);
            if (!(rms[f] > radius))
                continue;
            var factor = radius / rms[f];
            for (var i = first; i < first + size; i++)
                w[i] = T.CreateTruncating(double.CreateTruncating(w[i]) * factor);
        }
    }
}
