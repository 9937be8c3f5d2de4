using System.CommandLine;
using System.Globalization;
using ZfNet.Ablating;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>The options of zfnet ablate, and the study that they make.</summary>
internal sealed class AblateOptions(CommonOptions common)
{
    /// <summary>What an ablation has no use for, or does for itself.</summary>
    private static readonly string[] Without =
        ["seed", "from", "newHead", "freeze", "baselines", "saveEvery", "keep", "logEvery", "fig4", "fig4Epochs"];

    private readonly RecipeOptions recipe = new(
        common,
        OptionOf.Choice(
            "--arch", "The network whose layers are removed and resized, which is the scale: mini for 28x28 or 32x32 "
            + "pictures, compact for 64x64, the others for 224x224.", RecipeOptions.Default.Arch,
            [.. Ablation.Bases.Select(network => network.Name)]),
        Without);

    private readonly Option<string> output = OptionOf.Text(
        "--out", "The folder of the runs, the table (ablation.json) and the page (ablation.html). Runs that are there "
        + "go on where they were.", "folder", required: true);

    private readonly Option<string> config = OptionOf.Text(
        "--config", "The recipe, as run.json of an earlier run; options given as well come before it.", "file");

    private readonly Option<string> variants = OptionOf.Text(
        "--variants", "Changes to train, with commas between; all of them if not given: "
        + $"{string.Join(", ", AblationChange.All.Select(change => change.Name))}.",
        "names");

    private readonly Option<string> seeds = OptionOf.Text(
        "--seeds", "Seeds, with commas between; every network is trained with each. The default is 0.", "n,n,...");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { output, variants, seeds, config })
            command.Options.Add(option);
        recipe.AddTo(command);
    }

    /// <summary>The study asked for.</summary>
    /// <exception cref="InputException">
    /// A file cannot be used, something is missing, or there is no such change.
    /// </exception>
    public AblationStudy Read(ParseResult parse)
    {
        var file = parse.GetValue(config);
        var given = recipe.Over(file is null ? RecipeOptions.Default : RunConfig.Load(file), parse);
        // A checkpoint of every run is enough to go on from; those of the largest network are 3 GiB.
        return new(
            OutputPath.Folder(parse.GetRequiredValue(output)), given with { Keep = 1 },
            parse.GetValue(variants)?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            Seeds(parse.GetValue(seeds) ?? "0"));
    }

    private static ulong[] Seeds(string text) =>
    [
        .. text.Split(',').Select(word => ulong.TryParse(word, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new InputException($"--seeds takes whole numbers with commas between, not '{text}'.")),
    ];
}
