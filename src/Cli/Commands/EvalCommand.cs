using System.CommandLine;
using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Reports;
using ZfNet.Training;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet eval: how well a trained network knows labelled pictures.</summary>
internal sealed class EvalCommand : CliCommand
{
    private const int Listed = 5;

    private readonly ModelOptions weights = new(onlyRuns: true);
    private readonly Option<string> data, crops, output;
    private readonly Option<int> batch;
    private readonly Option<bool> skip;

    public EvalCommand(CliHost host)
        : base("eval", "Measure a network on labelled pictures: accuracy, a table by class, what is taken for what, calibration.", host)
    {
        weights.AddTo(this);
        data = Add(OptionOf.Text("--data", "Labelled pictures: a folder with one folder a class, or with the files of MNIST (idx) or CIFAR (binary), whose test pictures are taken.", "folder", required: true));
        crops = Add(OptionOf.Choice("--crops", "What the network sees of a picture: its centre, or corners and centre, mirrored too, whose probabilities are averaged.", "1", "1", "10"));
        output = Add(OptionOf.Text("--out", "Also write report.html, confusion.png and reliability.png to this folder.", "folder"));
        batch = Add(OptionOf.Number("--batch", "Crops in a pass; changes memory and speed, not the result.", 64, 1, 1 << 16));
        skip = Add(OptionOf.Flag("--skip-unreadable", "List pictures that cannot be decoded and go on without them."));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        var folder = parse.GetValue(output) is { } path ? OutputPath.Folder(path) : null;
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        var set = DataSets.Open(
            parse.GetRequiredValue(data),
            new DataSetOptions
            {
                Unreadable = parse.GetValue(skip) ? UnreadablePictures.Skip : UnreadablePictures.Fail,
                Classes = model.Classes.Count > 0 ? model.Classes : null,
            },
            Host.Cancel);
        foreach (var fault in set.Skipped)
            Host.Say($"Skipped: {fault.Message}");
        var source = set.Evaluation;
        var pictures = new PreparedPictures(source, model.Preprocessing, cacheBytes: 0);
        var answers = Host.Progress("Evaluating", json, bar => Evaluation.Answers(
            model.Network.Body, pictures, device, parse.GetValue(batch), bar.From<int>((it, done) => it.Set(done, source.Count)),
            Common.Workers(parse), parse.GetValue(crops) == "10" ? CropRule.Ten : CropRule.Centre, Host.Cancel));
        var assessment = Assessment.Of(answers, set.Classes);
        var files = folder is null ? [] : EvaluateReport.Write(
            folder, assessment, model, source, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(set.Path))));
        if (json)
            WriteJson(ForJson(assessment, files));
        else
            Print(assessment, files);
    }

    private static object ForJson(Assessment assessment, IReadOnlyList<string> files)
    {
        var (result, calibration) = (assessment.Result, assessment.Calibration);
        return new
        {
            pictures = result.Count,
            top1 = result.Accuracy,
            top1Interval = new[] { assessment.Interval.Low, assessment.Interval.High },
            top5 = result.Top5Accuracy,
            loss = result.Loss,
            calibration = new
            {
                expectedError = calibration.ExpectedError,
                maximumError = calibration.MaximumError,
                bins = calibration.Bins.Select(bin => new
                {
                    low = bin.Low, high = bin.High, pictures = bin.Count, confidence = bin.Confidence, accuracy = bin.Accuracy,
                }),
            },
            classes = assessment.Confusion.Scores.Zip(result.Classes, (score, count) => new
            {
                name = score.Name, pictures = score.Support, precision = score.Precision, recall = score.Recall, f1 = score.F1, top5 = count.Top5,
            }),
            confusion = assessment.Confusion.ToRows(),
            files,
        };
    }

    private void Print(Assessment assessment, IReadOnlyList<string> files)
    {
        Host.Table(
            ["class", ">pictures", ">precision", ">recall", ">F1"],
            assessment.Confusion.Scores.Select(score => new[]
            {
                score.Name, score.Support.ToString(CultureInfo.InvariantCulture), Tenths(score.Precision), Tenths(score.Recall), Tenths(score.F1),
            }));
        foreach (var mistake in assessment.Confusion.Mistakes().Take(Listed))
            Host.Output.WriteLine($"confused     {mistake.Count} of {mistake.Class} taken for {mistake.Guess}");
        var (result, (low, high)) = (assessment.Result, assessment.Interval);
        Host.Output.WriteLine($"top-1        {Tenths(result.Accuracy)} % of {result.Count} pictures (95% interval {Tenths(low)} to {Tenths(high)} %)");
        Host.Output.WriteLine($"top-5        {Tenths(result.Top5Accuracy)} %");
        Host.Output.WriteLine($"loss         {Thousandths(result.Loss)}");
        Host.Output.WriteLine($"calibration  {Thousandths(assessment.Calibration.ExpectedError)} expected error, {Thousandths(assessment.Calibration.MaximumError)} at most");
        foreach (var file in files)
            Host.Output.WriteLine(file);
    }

    private static string Tenths(double? share) =>
        share is { } value ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) : "-";

    private static string Thousandths(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
