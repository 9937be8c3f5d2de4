namespace ZfNet.Pictures;

/// <summary>One cell of a <see cref="ContactSheet"/>.</summary>
/// <param name="Picture">What to show. Null is a projection that is zero everywhere: drawn as a hatched cell that says
/// so, never as black.</param>
/// <param name="Caption">A line under the picture; cut with an ellipsis when it does not fit.</param>
public sealed record Tile(Picture? Picture, string? Caption = null);

/// <summary>Lays pictures out in a grid of equal cells. The result is a picture, so sheets nest.</summary>
public sealed record ContactSheet
{
    private static readonly Rgb Ink = new(34, 34, 34), Stripe = new(205, 205, 210), Paper = new(240, 240, 243);

    /// <summary>Cells a row.</summary>
    public int Columns { get; init; } = 3;

    /// <summary>Pixels between cells.</summary>
    public int Gutter { get; init; } = 2;

    /// <summary>Pixels around the grid.</summary>
    public int Margin { get; init; }

    /// <summary>Each pixel of a tile becomes a square of this side (nearest neighbour).</summary>
    public int Enlarge { get; init; } = 1;

    /// <summary>The smallest cell, after enlarging: what an all-zero tile gets when no picture states a size.</summary>
    public int MinimumCell { get; init; } = 8;

    /// <summary>Behind and between the tiles.</summary>
    public Rgb Background { get; init; } = Rgb.White;

    /// <summary>Height of captions in pixels.</summary>
    public int CaptionSize { get; init; } = 11;

    /// <summary>A heading over the grid.</summary>
    public string? Title { get; init; }

    /// <summary>Draws the sheet. Every cell has the size of the largest picture; smaller ones are centred.</summary>
    /// <param name="tiles">Row by row.</param>
    /// <exception cref="ArgumentException">No tiles, or an option out of range.</exception>
    public Picture Draw(IReadOnlyList<Tile> tiles)
    {
        if (tiles.Count == 0) throw new ArgumentException("A contact sheet takes at least one tile.", nameof(tiles));
        if (Columns < 1 || Gutter < 0 || Margin < 0 || Enlarge < 1 || MinimumCell < 1 || CaptionSize < 6)
            throw new ArgumentException($"{this} has an option out of range.");

        int columns = Math.Min(Columns, tiles.Count), rows = (tiles.Count + columns - 1) / columns;
        int cellHeight = MinimumCell, cellWidth = MinimumCell;
        foreach (Tile tile in tiles)
        {
            cellHeight = Math.Max(cellHeight, (tile.Picture?.Height ?? 0) * Enlarge);
            cellWidth = Math.Max(cellWidth, (tile.Picture?.Width ?? 0) * Enlarge);
        }
        int caption = tiles.Any(t => t.Caption is not null) ? CaptionSize + 7 : 0;
        int heading = Title is null ? 0 : CaptionSize + 12;
        int width = 2 * Margin + columns * cellWidth + (columns - 1) * Gutter;
        int height = heading + 2 * Margin + rows * (cellHeight + caption) + (rows - 1) * Gutter;

        using var canvas = new Canvas(height, width, Background);
        Rgb ink = Luma(Background) > 128 ? Ink : new Rgb(235, 235, 235);
        if (Title is not null)
            canvas.Text(Canvas.Fit(Title, CaptionSize + 2, width - 2 * Margin), Margin, Margin + CaptionSize + 3, CaptionSize + 2, ink);
        for (int i = 0; i < tiles.Count; i++)
        {
            var cell = new PixelBox(
                heading + Margin + i / columns * (cellHeight + caption + Gutter),
                Margin + i % columns * (cellWidth + Gutter), cellHeight, cellWidth);
            if (tiles[i].Picture is { } picture)
                canvas.Draw(picture.Enlarge(Enlarge),
                    cell.Top + (cellHeight - picture.Height * Enlarge) / 2, cell.Left + (cellWidth - picture.Width * Enlarge) / 2);
            else
                DrawAllZero(canvas, cell);
            if (tiles[i].Caption is { } text)
                canvas.Text(Canvas.Fit(text, CaptionSize, cellWidth), cell.Left + cellWidth / 2f, cell.Bottom + CaptionSize + 2, CaptionSize,
                    ink, TextAlign.Centre);
        }
        return canvas.ToPicture();
    }

    /// <summary>The cell that stands for a projection without a single value that is not zero.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public static Picture AllZero(int height, int width)
    {
        using var canvas = new Canvas(height, width, Paper);
        DrawAllZero(canvas, new(0, 0, height, width));
        return canvas.ToPicture();
    }

    static void DrawAllZero(Canvas canvas, PixelBox cell)
    {
        canvas.Hatch(cell, Paper, Stripe, Math.Clamp(Math.Min(cell.Height, cell.Width) / 6, 4, 12));
        const string text = "all zero";
        float size = Math.Min(14, cell.Width / 4.6f);
        if (size < 7 || cell.Height < size * 2) return;
        float width = Canvas.Measure(text, size);
        int plateWidth = (int)MathF.Ceiling(width + size * 0.7f), plateHeight = (int)MathF.Ceiling(size * 1.5f);
        var plate = new PixelBox(
            cell.Top + (cell.Height - plateHeight) / 2, cell.Left + (cell.Width - plateWidth) / 2, plateHeight, plateWidth);
        canvas.FillBox(plate, Paper);
        canvas.Text(text, cell.Left + cell.Width / 2f, plate.Top + plateHeight / 2f + size * 0.36f, size, Ink, TextAlign.Centre);
    }

    static double Luma(Rgb c) => 0.299 * c.R + 0.587 * c.G + 0.114 * c.B;
}
