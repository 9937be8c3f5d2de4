using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>The options that are keys of <see cref="RunConfig"/>: "--weight-decay" is "weightDecay".</summary>
internal sealed class RecipeOptions
{
    private readonly Option[] keys;

    /// <summary>Makes them.</summary>
    /// <param name="common">Brings --device.</param>
    /// <param name="arch">Brings --arch.</param>
    /// <param name="without">Keys that a command has no use for.</param>
    public RecipeOptions(CommonOptions common, Option<string> arch, params string[] without) => keys = [.. new Option[]
    {
        arch,
        OptionOf.Text(
            "--data", "Training pictures: a folder with one folder a class, or with the files of MNIST (idx) or "
            + "CIFAR (binary).", "folder"),
        OptionOf.Text(
            "--held-out", "Pictures to measure on, laid out likewise; never trained on. The default is the set's "
            + "own test pictures, where it has some.", "folder"),
        OptionOf.Number("--epochs", "Passes over the training pictures.", Default.Epochs, 1, 1_000_000),
        OptionOf.Number("--batch", "Pictures a step, or that many times --accumulate.", Default.Batch, 1, 1 << 16),
        OptionOf.Number(
            "--accumulate", "Batches a step, one after the other: the gradients are those of one large batch, the "
            + "memory is that of a small one.", Default.Accumulate, 1, 1 << 16),
        OptionOf.Number("--lr", "Learning rate before the schedule.", Default.Lr, 0.0, 1000, aboveLow: true),
        OptionOf.Number("--momentum", "Momentum of SGD.", Default.Momentum, 0.0, 0.9999),
        OptionOf.Number("--weight-decay", "Weight decay of every parameter.", Default.WeightDecay, 0.0, 10),
        OptionOf.Choice(
            "--schedule",
            "How the learning rate falls: half a cosine to zero, in steps, where the loss stands still, or not at all.", "cosine",
            [.. Enum.GetNames<ScheduleKind>().Select(JsonNamingPolicy.CamelCase.ConvertName)]),
        OptionOf.Number(
            "--step-epochs", "Epochs between two falls of the step schedule.", Default.StepEpochs, 1, 1_000_000),
        OptionOf.Number(
            "--step-factor", "What each fall of the step and plateau schedules multiplies the rate by.",
            Default.StepFactor, 0.0, 1, aboveLow: true),
        OptionOf.Number(
            "--patience", "Looks at the loss without a lower one before the plateau schedule falls.",
            Default.Patience, 0, 1_000_000),
        OptionOf.Number(
            "--warm-up", "Steps over which the learning rate first grows linearly.", Default.WarmUp, 0, 1_000_000_000),
        OptionOf.Number(
            "--dropout", "Chance that dropout drops, instead of the network's own.", (double?)null, 0, 0.999),
        OptionOf.Number(
            "--label-smoothing", "Share of the target that is spread over all classes.",
            Default.LabelSmoothing, 0.0, 0.99),
        OptionOf.Text(
            "--class-weights", "What each class's pictures weigh in the loss: none, balanced (every class alike), "
            + "or a number for each, with commas.", "w,w,..."),
        OptionOf.Number(
            "--clip", "Shorten the gradient to this Euclidean norm where it is longer.",
            (double?)null, 0, 1e9, aboveLow: true),
        OptionOf.Flag("--flip", "Mirror half of the training pictures, drawn anew every epoch."),
        OptionOf.Flag(
            "--random-crop", "Train on any part of the network's size of what --smallest-side gives, not on its "
            + "centre."),
        OptionOf.Number("--shift", "Shift training pictures by up to so many pixels each way.", Default.Shift, 0, 256),
        OptionOf.Number(
            "--zoom", "Resize what training pictures show by a factor of up to 1 + n either way.",
            Default.Zoom, 0.0, 4),
        OptionOf.Number(
            "--rotate", "Turn training pictures by up to so many degrees either way.", Default.Rotate, 0.0, 180),
        OptionOf.Number(
            "--saturation", "Multiply training pictures' colours by a factor between 1 - n and 1 + n.", Default.Saturation, 0.0, 1),
        OptionOf.Number(
            "--hue", "Turn training pictures' hues by up to so many degrees either way.", Default.Hue, 0.0, 180),
        OptionOf.Number(
            "--gamma", "Raise training pictures' brightness to a power of up to 1 + n either way; white and black stay.",
            Default.Gamma, 0.0, 4),
        OptionOf.Number(
            "--cutout", "Blank a square of up to so many pixels a side, anywhere in a training picture.", Default.Cutout, 0, 4096),
        OptionOf.Text(
            "--renormalise", "Which convolutions' filters are scaled back where their RMS passes the radius (paper, "
            + "section 3.1): none, first, all, or names such as conv1,conv2.", "layers"),
        OptionOf.Number(
            "--renormalise-radius", "That radius, in the scale of inputs of deviation 1; the paper's 0.1 is for "
            + "inputs of -128 to 128.", Default.RenormaliseRadius, 0.0, 1000, aboveLow: true),
        OptionOf.Choice(
            "--init", "Initial weights: the article's (kaiming), PyTorch's default, or the paper's.",
            Default.Init, [.. Initialisers.Names]),
        OptionOf.Text(
            "--from", "Begin with a trained network's weights, layers and preprocessing instead of --arch.", "file"),
        OptionOf.Flag("--new-head", "With --from, a new last layer, for the classes of the pictures (paper, section 5.2)."),
        OptionOf.Text(
            "--freeze", "Layers that do not learn: names such as conv1,conv2, or all but the last.", "names|all"),
        OptionOf.Choice(
            "--resize", "How pictures get the network's size: the centre of the smaller side's square, or "
            + "stretched.", Default.Resize, "crop", "stretch"),
        OptionOf.Number(
            "--smallest-side", "With --resize crop, the smaller side before the crop; 0 takes the network's size, "
            + "the paper 256 for 224.", Default.SmallestSide, 0, 65536),
        OptionOf.Choice(
            "--mean", "Whose mean over the training pictures is subtracted: each colour's, or each pixel's as in "
            + "the paper.", "colour", "colour", "pixel"),
        OptionOf.Text(
            "--cache", "Keep decoded pictures in a file there, mapped into memory, also for later runs.", "folder"),
        OptionOf.Number(
            "--evaluate-every", "Epochs between two looks at the held-out pictures.",
            Default.EvaluateEvery, 1, 1_000_000),
        OptionOf.Number(
            "--early-stop", "End the run where the held-out loss (or else the training loss) has not been lower for "
            + "so many looks.", (int?)null, 1, 1_000_000),
        OptionOf.Flag(
            "--baselines", "Also train a linear softmax on the pixels, to compare with on the held-out pictures."),
        OptionOf.Flag("--skip-unreadable", "List pictures that cannot be decoded and go on without them."),
        OptionOf.Number(
            "--seed", "Seed of weights, order, augmentation and dropout.", Default.Seed, 0UL, ulong.MaxValue),
        OptionOf.Number(
            "--save-every", "With --run, steps between two checkpoints, besides those at every epoch's end.",
            (int?)null, 1, 1_000_000_000),
        OptionOf.Number("--keep", "With --run, checkpoints kept.", Default.Keep, 1, 1_000_000),
        OptionOf.Number(
            "--log-every", "With --run, steps between two lines of the log.", Default.LogEvery, 1, 1_000_000_000),
        OptionOf.Text(
            "--fig4", "With --run, feature maps that run.html follows through the epochs (paper, Fig. 4).",
            "conv2:3,conv5:10"),
        OptionOf.Text(
            "--fig4-epochs",
            "With --run, epochs of which run.html shows filters and followed maps, besides the last; the paper's if not given.",
            "n,n,..."),
        common.Device,
    }.Where(option => !without.Contains(Key(option)))];

    /// <summary>What is not given.</summary>
    public static RunConfig Default { get; } = new();

    public void AddTo(Command command)
    {
        foreach (var option in keys)
            command.Options.Add(option);
    }

    /// <summary>Those that were given.</summary>
    public IEnumerable<Option> Given(ParseResult parse) =>
        keys.Where(option => parse.GetResult(option) is { Implicit: false });

    /// <summary>A recipe with what was given put over it.</summary>
    /// <exception cref="InputException">There are no pictures to learn, or a number is out of its range.</exception>
    public RunConfig Over(RunConfig config, ParseResult parse)
    {
        var json = JsonNode.Parse(config.ToJson())!.AsObject();
        foreach (var option in Given(parse))
            json[Key(option)] = Value(parse, option);
        config = RunConfig.FromJson(json.ToJsonString());
        config.Validate();
        return config.Data.Length > 0 ? config : throw new InputException("--data is missing: the pictures to learn.");
    }

    /// <summary>The key of an option.</summary>
    public static string Key(Option option) => string.Concat(
        option.Name.TrimStart('-').Split('-').Select((word, i) =>
            i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private static JsonValue Value(ParseResult parse, Option option) => option switch
    {
        Option<int> number => JsonValue.Create(parse.GetValue(number)),
        Option<ulong> number => JsonValue.Create(parse.GetValue(number)),
        Option<double> number => JsonValue.Create(parse.GetValue(number)),
        Option<bool> flag => JsonValue.Create(parse.GetValue(flag)),
        _ => JsonValue.Create(parse.GetValue((Option<string>)option)!),
    };
}
