namespace ZfNet.Kernels;

/// <summary>
/// Sizes of 2-d pooling over planes. x [Planes, H, W], y [Planes, OH, OW]; Planes is batch times channels.
/// In ceil mode the last window may start inside the input or its left padding and hang over the edge, and no window
/// starts in the right padding.
/// </summary>
/// <param name="Planes">Batch times channels.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="Kernel">Window size.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Cells on each side that are never selected; at most half the window.</param>
/// <param name="CeilMode">Whether the number of windows is rounded up.</param>
public readonly record struct Pool2dGeometry(
    long Planes, int H, int W, Pair Kernel, Pair Stride, Pair Padding, bool CeilMode)
{
    /// <summary>Output height.</summary>
    public int OH => OutputSize(H, Kernel.H, Stride.H, Padding.H, CeilMode);

    /// <summary>Output width.</summary>
    public int OW => OutputSize(W, Kernel.W, Stride.W, Padding.W, CeilMode);

    /// <summary>Windows along one direction; below 1 when none fits.</summary>
    public static int OutputSize(int input, int kernel, int stride, int padding, bool ceilMode)
    {
        var room = (long)input + 2L * padding - kernel + (ceilMode ? stride - 1 : 0);
        if (room < 0)
            return 0;
        var count = room / stride + 1;
        if (ceilMode && (count - 1) * stride >= (long)input + padding)
            count--;
        return checked((int)count);
    }

    /// <summary>The rows of window <paramref name="oh"/> that lie in the input: from Start up to, not including, End.</summary>
    public (int Start, int End) Rows(int oh) => Clip(oh * Stride.H - Padding.H, Kernel.H, H);

    /// <summary>The columns of window <paramref name="ow"/> that lie in the input: from Start up to, not including, End.</summary>
    public (int Start, int End) Columns(int ow) => Clip(ow * Stride.W - Padding.W, Kernel.W, W);

    /// <summary>What the sum over window <paramref name="oh"/>'s rows is divided by in average pooling.</summary>
    internal int RowDivisor(int oh, bool countIncludePad) =>
        countIncludePad ? Extent(oh, Stride.H, Padding.H, Kernel.H, H) : Rows(oh).End - Rows(oh).Start;

    /// <summary>What the sum over window <paramref name="ow"/>'s columns is divided by in average pooling.</summary>
    internal int ColumnDivisor(int ow, bool countIncludePad) =>
        countIncludePad ? Extent(ow, Stride.W, Padding.W, Kernel.W, W) : Columns(ow).End - Columns(ow).Start;

    /// <summary>Cells and padding under a window, without what hangs over the padding in ceil mode.</summary>
    private static int Extent(int index, int stride, int padding, int kernel, int size)
    {
        var start = index * stride - padding;
        return Math.Min(start + kernel, size + padding) - start;
    }

    private static (int Start, int End) Clip(int start, int kernel, int size) => (Math.Max(start, 0), Math.Min(start + kernel, size));
}

/// <summary>What an unpooled pixel gets when several overlapping windows write to it.</summary>
public enum UnpoolMode
{
    /// <summary>The last window in row-major order wins.</summary>
    Overwrite,

    /// <summary>The windows' values are added, as in the gradient of pooling.</summary>
    Accumulate,
}
