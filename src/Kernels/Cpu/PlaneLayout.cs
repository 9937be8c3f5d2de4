namespace ZfNet.Kernels;

/// <summary>
/// How one channel plane is copied before a convolution reads it: with its zero border, and for a stride above 1 split
/// into one plane for every phase (row mod stride, column mod stride).
/// </summary>
/// <remarks>
/// After that every filter tap reads a window of the copy that is a plain shift of the next tap's, with unit step, for
/// any stride, padding and dilation: one offset a tap is all that packing needs to know. The copy costs one pass over
/// the input, Kernel.H * Kernel.W times less than an im2col.
/// </remarks>
internal readonly unsafe struct PlaneLayout
{
    /// <summary>Height and width of the plane that is copied.</summary>
    public readonly int H, W;

    /// <summary>Number of phases down and across (the stride).</summary>
    public readonly int SplitH, SplitW;

    /// <summary>Zero rows above and zero columns left of the plane (negative: rows and columns left out).</summary>
    public readonly int LowH, LowW;

    /// <summary>Rows and columns of one phase plane.</summary>
    public readonly int Rows, Columns;

    public PlaneLayout(int h, int w, int splitH, int splitW, int lowH, int lowW, int rows, int columns)
    {
        (H, W, SplitH, SplitW, LowH, LowW, Rows, Columns) = (h, w, splitH, splitW, lowH, lowW, rows, columns);
    }

    /// <summary>Floats of the copy of one channel.</summary>
    public nint Floats => (nint)SplitH * SplitW * Rows * Columns;

    /// <summary>Where the cell lies that the padded plane has at (row, column).</summary>
    public nint Offset(int row, int column) =>
        (((nint)(row % SplitH) * SplitW + column % SplitW) * Rows + row / SplitH) * Columns + column / SplitW;

    /// <summary>Copies one plane.</summary>
    public void Copy(float* source, float* target)
    {
        for (var a = 0; a < SplitH; a++)
        {
            for (var b = 0; b < SplitW; b++)
            {
                for (var row = 0; row < Rows; row++, target += Columns)
                {
                    var h = (long)row * SplitH + a - LowH;
                    var line = new Span<float>(target, Columns);
                    if (h < 0 || h >= H)
                        line.Clear();
                    else
                        CopyRow(source + h * W, line, b - LowW);
                }
            }
        }
    }

    /// <summary>line[i] = row[first + i * SplitW], zero outside the row.</summary>
    private void CopyRow(float* row, Span<float> line, int first)
    {
        var step = SplitW;
        var start = first >= 0 ? 0 : Math.Min(line.Length, (-first + step - 1) / step);
        var room = (long)W - first;
        var end = room <= 0 ? start : (int)Math.Clamp((room + step - 1) / step, start, line.Length);
        line[..start].Clear();
        line[end..].Clear();
        var inside = line[start..end];
        if (inside.IsEmpty)
            return;
        var from = row + first + (long)start * step;
        if (step == 1)
        {
            new ReadOnlySpan<float>(from, inside.Length).CopyTo(inside);
            return;
        }
        for (var i = 0; i < inside.Length; i++)
            inside[i] = from[(long)i * step];
    }
}
