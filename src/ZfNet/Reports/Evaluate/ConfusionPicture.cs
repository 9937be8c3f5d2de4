using System.Globalization;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Reports;

/// <summary>
/// A confusion matrix as a picture: a row a class, a column a guess. A cell's strength is its share of the row, blue where
/// the guess is right and red where it is not; its number is the pictures. Of many classes every few are named.
/// </summary>
internal static class ConfusionPicture
{
    private const int Scale = 2;
    private const int Side = 640;
    private const int Largest = 60;
    private const int Numbered = 24;
    private const int Letters = 12;
    private const int Longest = 150;
    private const int Gap = 8;
    private static readonly Rgb Ink = new(28, 36, 48), Soft = new(91, 102, 117), Grid = new(221, 226, 232), Empty = new(248, 249, 251);

    public static Picture Draw(ConfusionMatrix matrix)
    {
        var n = matrix.Classes.Count;
        var cell = Math.Clamp(Side / n, 1, Largest);
        var numbered = cell >= Numbered;
        var every = (Letters + 2 + cell) / cell is var needed && cell >= Letters + 2 ? 1 : needed;
        string[] names = [.. matrix.Classes.Select(name => Canvas.Fit(name, Letters, Longest))];
        var shown = Enumerable.Range(0, n).Where(c => c % every == 0).ToArray();
        var widest = (int)Math.Ceiling(shown.Max(c => Canvas.Measure(names[c], Letters)));

        // Names over the columns rise at 45 degrees, and reach beyond the last column by what is left of theirs.
        var (left, top, size) = (24 + widest + Gap, 40 + (int)(widest * 0.71) + Letters, n * cell);
        var shares = numbered ? 56 : 0;
        var right = Math.Max(shares + 8, shown.Max(c => (int)(Canvas.Measure(names[c], Letters) * 0.71) - (n - c) * cell + cell / 2 + Gap));
        using var canvas = new Canvas(top + size + shares / 2 + 16, left + size + Math.Max(16, right), Rgb.White, Scale);
        canvas.Text("guess", left, 20, Letters, Soft);
        canvas.Text("class", 16, top - Gap, Letters, Soft);
        foreach (var c in shown)
        {
            canvas.TextUp(names[c], left + c * cell + cell / 2f + 3, top - Gap + 2, Letters, Ink, 45);
            canvas.Text(names[c], left - Gap, top + c * cell + cell / 2f + Letters * 0.36f, Letters, Ink, TextAlign.Right);
        }
        for (var c = 0; c < n; c++)
            for (var guess = 0; guess < n; guess++)
                Cell(canvas, matrix, c, guess, new(top + c * cell, left + guess * cell, cell, cell));
        canvas.Frame(new(top - 1, left - 1, size + 2, size + 2), Grid);
        if (numbered)
            Shares(canvas, matrix, top, left, cell);
        return canvas.ToPicture();
    }

    /// <summary>Recall at the right of every row, precision under every column.</summary>
    private static void Shares(Canvas canvas, ConfusionMatrix matrix, int top, int left, int cell)
    {
        var end = matrix.Classes.Count * cell;
        canvas.Text("recall", left + end + 48, top - Gap, 11, Soft, TextAlign.Right);
        canvas.Text("precision", left - Gap, top + end + 20, 11, Soft, TextAlign.Right);
        foreach (var (c, score) in matrix.Scores.Index())
        {
            canvas.Text(Percent(score.Recall), left + end + 48, top + c * cell + cell / 2f + 4, 11, Soft, TextAlign.Right);
            canvas.Text(Percent(score.Precision, cell >= 36), left + c * cell + cell / 2f, top + end + 20, 11, Soft, TextAlign.Centre);
        }
    }

    private static void Cell(Canvas canvas, ConfusionMatrix matrix, int label, int guess, PixelBox box)
    {
        var count = matrix[label, guess];
        var share = count / (double)Math.Max(1, matrix.Supports[label]);
        var inner = box.Height >= Letters ? box with { Height = box.Height - 1, Width = box.Width - 1 } : box;
        canvas.FillBox(inner, count == 0 ? Empty : Colour(share, label == guess));
        if (count == 0 || box.Height < Numbered)
            return;
        var text = count.ToString(CultureInfo.InvariantCulture);
        var size = Math.Min(box.Height * 0.34f, 14);
        size = Math.Min(size, size * (box.Width - 5) / Canvas.Measure(text, size));
        canvas.Text(
            text, box.Left + box.Width / 2f, box.Top + box.Height / 2f + size * 0.36f, size,
            share > 0.5 ? Rgb.White : Ink, TextAlign.Centre);
    }

    /// <summary>From pale to strong; a single picture among many is seen too.</summary>
    private static Rgb Colour(double share, bool right)
    {
        var strength = 0.12 + 0.88 * Math.Sqrt(share);
        return OkLab.FromLch(1 - 0.52 * strength, 0.16 * strength, right ? 255 : 28);
    }

    private static string Percent(double? share, bool sign = true) =>
        share is { } value ? (100 * value).ToString("0", CultureInfo.InvariantCulture) + (sign ? " %" : "") : "–";
}
