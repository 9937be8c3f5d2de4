namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void CopyStrided(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y)
    {
        Span<long> merged = stackalloc long[sizes.Length], from = stackalloc long[sizes.Length], to = stackalloc long[sizes.Length];
        sizes.CopyTo(merged);
        x.Strides.CopyTo(from);
        y.Strides.CopyTo(to);
        var rank = StridedAxes.Merge(merged, from, to);
        if (rank < 0)
            return;
        merged = merged[..rank];
        from = from[..rank];
        to = to[..rank];
        // A copy does not look at what it moves: three widths serve all types.
        switch (x.Storage.DType)
        {
            case DType.Float64:
                StridedCopy<long>.Run(
                    context.Pool, merged, (long*)x.Storage.Cpu<double>().Pointer + x.Offset, from,
                    (long*)y.Storage.Cpu<double>().Pointer + y.Offset, to);
                break;
            case DType.Float32:
                StridedCopy<int>.Run(
                    context.Pool, merged, (int*)Pointer(x.Storage) + x.Offset, from, (int*)Pointer(y.Storage) + y.Offset, to);
                break;
            case DType.BFloat16:
                StridedCopy<short>.Run(
                    context.Pool, merged, (short*)x.Storage.Cpu<BFloat16>().Pointer + x.Offset, from,
                    (short*)y.Storage.Cpu<BFloat16>().Pointer + y.Offset, to);
                break;
            default:
                StridedCopy<int>.Run(
                    context.Pool, merged, x.Storage.Cpu<int>().Pointer + x.Offset, from, y.Storage.Cpu<int>().Pointer + y.Offset, to);
                break;
        }
    }
}
