using System.CommandLine;
using System.Globalization;
using ZfNet.Pictures;
using ZfNet.Reports;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet project: one activation back to pixels.</summary>
internal sealed class ProjectCommand : CliCommand
{
    private readonly ModelOptions weights = new(onlyRuns: true);
    private readonly ProjectionRule rule = new();
    private readonly Argument<string> image = ArgumentOf.Picture();
    private readonly Option<string> layer, unit, output;
    private readonly Option<int> map;
    private readonly Option<bool> whole, alone;

    public ProjectCommand(CliHost host)
        : base("project", "Project an activation of a picture down to pixels (paper, section 2.1): mid-grey is zero, red, green and blue are signed.", host)
    {
        Arguments.Add(image);
        weights.AddTo(this);
        layer = Add(OptionOf.Text("--layer", "The layer, such as conv5 or fc7.", "name", required: true));
        map = Add(OptionOf.Number("--map", "The feature map, from 0.", 0, 0, 1 << 20));
        map.DefaultValueFactory = null;
        map.Required = true;
        unit = Add(OptionOf.Text("--unit", "One unit of the map, by row and column from 0; the strongest if not given.", "y,x"));
        whole = Add(OptionOf.Flag("--whole-map", "Start from every unit of the map at once."));
        output = Add(OptionOf.Text("--out", "The PNG file to write.", "file", required: true));
        rule.AddTo(this);
        alone = Add(OptionOf.Flag("--alone", "Only the projection, a pixel a pixel, without the picture beside it."));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var seed = Seeded(parse);
        var path = OutputPath.File(parse.GetRequiredValue(output));
        var picture = Picture.Load(parse.GetRequiredValue(image));
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);

        var report = ProjectReport.Make(model, picture, seed, rule.Of(parse));
        var item = report.Projection;
        if (parse.GetValue(alone))
            Alone(report, model.Preprocessing).SavePng(path);
        else
            report.Save(path);

        if (parse.GetValue(Common.Json))
        {
            WriteJson(new
            {
                file = path,
                layer = seed.Layer,
                map = seed.Map,
                y = item.Y,
                x = item.X,
                activation = item.Activation,
                allZero = item.IsZero,
                patch = new { top = item.Patch.Top, left = item.Patch.Left, height = item.Patch.Height, width = item.Patch.Width },
            });
            return;
        }
        Host.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: {seed.Layer} map {seed.Map}, {(seed.Kind == SeedKind.WholeMap ? "whole, strongest " : "")}unit ({item.Y}, {item.X}), activation {item.Activation:0.####}, sees rows {item.Patch.Top} to {item.Patch.Bottom - 1} and columns {item.Patch.Left} to {item.Patch.Right - 1}."));
        if (item.IsZero)
            Host.Say("The projection is zero everywhere: the activation is not positive, or every way down is rectified away.");
    }

    private static Picture Alone(ProjectReport report, Preprocessing preprocessing) =>
        SignedPixels.FromChw(report.Image.ToArray(), preprocessing.Height, preprocessing.Width, preprocessing.Order)
        ?? ContactSheet.AllZero(preprocessing.Height, preprocessing.Width);

    private Seed Seeded(ParseResult parse)
    {
        var (name, number) = (parse.GetRequiredValue(layer), parse.GetValue(map));
        if (parse.GetValue(unit) is not { } text)
            return parse.GetValue(whole) ? Seed.WholeMap(name, number) : Seed.StrongestUnit(name, number);
        if (parse.GetValue(whole))
            throw new InputException("--unit and --whole-map exclude each other.");
        var parts = text.Split(',');
        return parts.Length == 2 && Row(parts[0], out var y) && Row(parts[1], out var x)
            ? Seed.Unit(name, number, y, x)
            : throw new InputException($"--unit takes a row and a column from 0, such as 3,5, not '{text}'.");

        static bool Row(string part, out int value) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
