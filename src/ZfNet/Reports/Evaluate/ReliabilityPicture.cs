using System.Globalization;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Reports;

/// <summary>
/// A reliability diagram: accuracy by confidence, the diagonal where both are equal, what lies between them hatched; below
/// it, how many answers each bin holds.
/// </summary>
internal static class ReliabilityPicture
{
    private const int Side = 360;
    private const int Strip = 80;
    private const int Left = 56;
    private const int Top = 24;
    private const int Between = 34;
    private static readonly Rgb Ink = new(28, 36, 48), Soft = new(91, 102, 117), Grid = new(232, 236, 240);
    private static readonly Rgb Bar = OkLab.FromLch(0.62, 0.12, 255), Gap = OkLab.FromLch(0.9, 0.06, 28), Stripe = OkLab.FromLch(0.72, 0.13, 28);

    public static Picture Draw(Calibration calibration)
    {
        var low = Top + Side + Between;
        using var canvas = new Canvas(low + Strip + 52, Left + Side + 24, Rgb.White, 2);
        for (var i = 0; i <= 5; i++)
        {
            var (at, text) = (Side * i / 5, (i / 5.0).ToString("0.0", CultureInfo.InvariantCulture));
            canvas.FillBox(new(Top + Side - at, Left, 1, Side), Grid);
            canvas.FillBox(new(Top, Left + at, Side, 1), Grid);
            canvas.Text(text, Left - 8, Top + Side - at + 4, 11, Soft, TextAlign.Right);
            canvas.Text(text, Left + at, low + Strip + 16, 11, Soft, TextAlign.Centre);
        }
        canvas.TextUp("accuracy", 16, Top + Side / 2f + 26, 12, Ink, 90);
        canvas.TextUp("answers", 16, low + Strip / 2f + 24, 12, Ink, 90);
        canvas.Text("confidence", Left + Side / 2f, low + Strip + 38, 12, Ink, TextAlign.Centre);

        var most = Math.Max(1, calibration.Bins.Max(bin => bin.Count));
        foreach (var bin in calibration.Bins.Where(bin => bin.Count > 0))
        {
            var (x, end) = (Left + Pixels(bin.Low) + 1, Left + Pixels(bin.High));
            var (accuracy, confidence) = (Pixels(bin.Accuracy), Pixels(bin.Confidence));
            canvas.FillBox(new(Top + Side - accuracy, x, accuracy, end - x), Bar);
            if (accuracy != confidence)
                canvas.Hatch(
                    new(Top + Side - Math.Max(accuracy, confidence), x, Math.Abs(accuracy - confidence), end - x), Gap, Stripe, 6);
            var height = Math.Max(1, (int)Math.Round((double)Strip * bin.Count / most));
            canvas.FillBox(new(low + Strip - height, x, height, end - x), Soft);
        }
        canvas.Line(Left, Top + Side, Left + Side, Top, Ink, 1.2f, 4);
        canvas.FillBox(new(Top + Side, Left, 1, Side + 1), Soft);
        canvas.FillBox(new(low + Strip, Left, 1, Side + 1), Soft);
        canvas.Text(most.ToString(CultureInfo.InvariantCulture), Left - 8, low + 9, 11, Soft, TextAlign.Right);
        canvas.Text("0", Left - 8, low + Strip + 4, 11, Soft, TextAlign.Right);
        return canvas.ToPicture();
    }

    private static int Pixels(double share) => (int)Math.Round(Side * share);
}
