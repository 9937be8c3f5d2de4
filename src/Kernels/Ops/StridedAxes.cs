namespace ZfNet.Kernels;

/// <summary>The axes of a strided copy, as few as will do.</summary>
internal static class StridedAxes
{
    /// <summary>
    /// Drops axes of one element and joins neighbours that one stride walks in both views, in place.
    /// </summary>
    /// <param name="sizes">Extent of each axis.</param>
    /// <param name="x">Strides of the source.</param>
    /// <param name="y">Strides of the target.</param>
    /// <returns>The rank that is left; -1 where there is no element.</returns>
    public static int Merge(Span<long> sizes, Span<long> x, Span<long> y)
    {
        var rank = 0;
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (sizes[axis] == 0)
                return -1;
            if (sizes[axis] == 1)
                continue;
            if (rank > 0 && x[rank - 1] == x[axis] * sizes[axis] && y[rank - 1] == y[axis] * sizes[axis])
                (sizes[rank - 1], x[rank - 1], y[rank - 1]) = (sizes[rank - 1] * sizes[axis], x[axis], y[axis]);
            else
                (sizes[rank], x[rank], y[rank++]) = (sizes[axis], x[axis], y[axis]);
        }
        return rank;
    }
}
