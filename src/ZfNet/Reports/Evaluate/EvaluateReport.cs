using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Reports;

/// <summary>What a network knows of labelled pictures, for people: a page and its two pictures.</summary>
public static class EvaluateReport
{
    private const int Mistakes = 18;
    private const int Side = 128;

    /// <summary>Writes "report.html", "confusion.png" and "reliability.png".</summary>
    /// <param name="folder">Made if it does not exist. Each file appears whole or not at all.</param>
    /// <param name="assessment">What was measured.</param>
    /// <param name="model">The network that was.</param>
    /// <param name="pictures">On these pictures.</param>
    /// <param name="data">What to call them.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="InputException">The folder cannot be made.</exception>
    /// <exception cref="Engine.FileWriteException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(
        string folder, Assessment assessment, Model model, IPictureSource pictures, string data)
    {
        ArgumentNullException.ThrowIfNull(assessment);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        ReportFolder.Create(folder);
        var (confusion, reliability) = (Confusion(assessment.Confusion), Reliability(assessment.Calibration));
        string[] files = [At("report.html"), At("confusion.png"), At("reliability.png")];
        confusion.SavePng(files[1]);
        reliability.SavePng(files[2]);
        var (low, high) = assessment.Interval;
        var result = assessment.Result;
        ReportPage.Write(files[0], "evaluate", new Dictionary<string, object?>
        {
            ["network"] = model.Network.Spec.Name,
            ["data"] = data,
            ["facts"] = new[]
            {
                Fact(Percent(result.Accuracy), $"top-1; 95% interval {Percent(low)} to {Percent(high)}"),
                Fact(Percent(result.Top5Accuracy), "top-5"),
                Fact(Number(result.Loss, "0.000"), "cross-entropy"),
                Fact(Number(assessment.Calibration.ExpectedError, "0.000"), "expected calibration error"),
                Fact(result.Count.ToString("N0", CultureInfo.InvariantCulture), $"pictures of {result.Classes.Count} classes"),
            },
            ["confusion"] = Shown(confusion),
            ["reliability"] = Shown(reliability),
            ["bins"] = assessment.Calibration.Bins.Count,
            ["widest"] = Number(assessment.Calibration.MaximumError, "0.000"),
            ["classes"] = assessment.Confusion.Scores.Zip(result.Classes, (score, count) => new
            {
                name = score.Name,
                support = score.Support,
                precision = Tenths(score.Precision),
                recall = Tenths(score.Recall),
                f1 = Tenths(score.F1),
                top5 = Tenths(count.Count == 0 ? null : (double)count.Top5 / count.Count),
                bar = (int)Math.Round(100 * (score.Recall ?? 0)),
            }).ToArray(),
            ["confusions"] = assessment.Confusion.Mistakes().Take(10)
                .Select(mistake => new { @class = mistake.Class, guess = mistake.Guess, count = mistake.Count }).ToArray(),
            ["wrong"] = result.Count - result.Top1,
            ["mistakes"] = assessment.SurestMistakes().Take(Mistakes).Select(answer => new
            {
                image = ReportPage.Inline(Thumbnail(pictures.Get(answer.Picture))),
                name = Path.GetFileName(pictures.Name(answer.Picture)),
                label = pictures.Classes[answer.Label],
                guess = pictures.Classes[answer.Guess],
                percent = Percent(answer.Confidence),
            }).ToArray(),
        });
        return files;

        string At(string name) => Path.Combine(folder, name);
    }

    /// <summary>The confusion matrix as a picture, at two pixels a point.</summary>
    public static Picture Confusion(ConfusionMatrix matrix) => ConfusionPicture.Draw(matrix);

    /// <summary>The reliability diagram, at two pixels a point.</summary>
    public static Picture Reliability(Calibration calibration) => ReliabilityPicture.Draw(calibration);

    private static object Fact(string value, string label) => new { value, label };

    private static object Shown(Picture picture) => new { image = ReportPage.Inline(picture), width = picture.Width / 2 };

    private static Picture Thumbnail(Picture picture)
    {
        var side = Math.Max(picture.Height, picture.Width);
        return side <= Side
            ? picture.Enlarge(Math.Max(1, Side / side))
            : picture.Resize(Math.Max(1, picture.Height * Side / side), Math.Max(1, picture.Width * Side / side));
    }

    private static string Percent(double share) => Number(100 * share, "0.0") + "%";

    private static string Tenths(double? share) => share is { } value ? Number(100 * value, "0.0") : "–";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
