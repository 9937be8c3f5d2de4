namespace ZfNet.Kernels;

/// <summary>
/// How some channels' planes are copied before a transform whose lanes are channels: with their zero border, cell by cell, eight channels
/// side by side.
/// </summary>
internal readonly unsafe struct LanePlanes
{
    public const int Lanes = 8;

    private readonly int h, w, lowH, lowW, rows, columns;

    /// <param name="h">Height of a plane.</param>
    /// <param name="w">Width of a plane.</param>
    /// <param name="lowH">Zero rows above it; negative: rows left out.</param>
    /// <param name="lowW">Zero columns left of it.</param>
    /// <param name="rows">Rows of the copy.</param>
    /// <param name="columns">Columns of the copy.</param>
    public LanePlanes(int h, int w, int lowH, int lowW, int rows, int columns) =>
        (this.h, this.w, this.lowH, this.lowW, this.rows, this.columns) = (h, w, lowH, lowW, rows, columns);

    /// <summary>The same of the padded planes from a row on.</summary>
    public LanePlanes Below(int row) => new(h, w, lowH - row, lowW, rows, columns);

    /// <summary>Floats of the copy of eight channels.</summary>
    public nint Floats => (nint)rows * columns * Lanes;

    /// <summary>Where the first channel's cell (row, column) of the copy lies.</summary>
    public nint Offset(int row, int column) => ((nint)row * columns + column) * Lanes;

    /// <summary>Copies <paramref name="channels"/> planes that follow each other; the lanes of the others become zero.</summary>
    public void Copy(float* source, int channels, float* target)
    {
        int left = Math.Min(lowW, columns), width = Math.Min(w, columns - left), right = columns - left - width;
        for (var row = 0; row < rows; row++, target += (nint)columns * Lanes)
        {
            var y = row - lowH;
            if (y < 0 || y >= h || channels <= 0)
            {
                new Span<float>(target, columns * Lanes).Clear();
                continue;
            }
            new Span<float>(target, left * Lanes).Clear();
            Packing.PackRows(source + (nint)y * w, (nint)h * w, 1, channels, width, Lanes, target + (nint)left * Lanes);
            new Span<float>(target + (nint)(left + width) * Lanes, right * Lanes).Clear();
        }
    }
}
