using System.CommandLine;
using System.Globalization;
using ZfNet.Data;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet classify: the most probable classes of pictures.</summary>
internal sealed class ClassifyCommand : CliCommand
{
    private readonly ModelOptions weights = new(onlyRuns: true);
    private readonly Argument<string[]> images;
    private readonly Option<int> top;

    public ClassifyCommand(CliHost host)
        : base("classify", "Print the most probable classes of pictures.", host)
    {
        images = ArgumentOf.Pictures();
        Arguments.Add(images);
        weights.AddTo(this);
        top = Add(OptionOf.Number("--top", "Classes to print for each picture.", 5, 1, 1 << 20));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        var pictures = PictureSet.Of(parse.GetRequiredValue(images));

        // Every picture is asked about before anything is printed: a bad one leaves no half of an answer.
        var answers = Host.Progress("Classifying", json, bar =>
        {
            var done = new List<Classified>();
            foreach (var answer in Classification.Run(model, pictures, parse.GetValue(top), workers: Common.Workers(parse), cancel: Host.Cancel))
            {
                done.Add(answer);
                bar.Set(done.Count, pictures.Count);
            }
            return done;
        });

        if (json)
            WriteJson(answers);
        else
            Host.Table(
                ["picture", ">%", "class"],
                answers.SelectMany(answer => answer.Predictions.Select((prediction, i) => new[]
                {
                    i == 0 ? answer.Picture : "",
                    (100 * prediction.Probability).ToString("0.0", CultureInfo.InvariantCulture),
                    prediction.Name,
                })));
    }
}
