using System.CommandLine;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>The options of zfnet train, and the recipe that they make.</summary>
internal sealed class TrainOptions
{
    /// <summary>A linear layer on thousands of pixels diverges where a network still learns.</summary>
    public const double LinearLearningRate = 1e-3;

    private readonly Option<int> epochs = OptionOf.Number("--epochs", "Passes over the training pictures.", 30, 1, 1_000_000);
    private readonly Option<int> batch = OptionOf.Number("--batch", "Pictures a step.", 64, 1, 1 << 16);
    private readonly Option<double> rate = OptionOf.Number("--lr", "Learning rate before the schedule.", 0.01, 0, 1000, aboveLow: true);
    private readonly Option<double> momentum = OptionOf.Number("--momentum", "Momentum of SGD.", 0.9, 0, 0.9999);
    private readonly Option<double> decay = OptionOf.Number("--weight-decay", "Weight decay of every parameter.", 5e-4, 0, 10);
    private readonly Option<string> schedule = OptionOf.Choice(
        "--schedule", "How the learning rate falls: half a cosine to zero, in steps, or not at all.", "cosine", "cosine", "step", "constant");
    private readonly Option<int> stepEpochs = OptionOf.Number("--step-epochs", "Epochs between two falls of the step schedule.", 30, 1, 1_000_000);
    private readonly Option<double> stepFactor = OptionOf.Number("--step-factor", "What each fall multiplies the rate by.", 0.1, 0, 1, aboveLow: true);
    private readonly Option<int> warmUp = OptionOf.Number("--warm-up", "Steps over which the learning rate first grows linearly.", 0, 0, 1_000_000_000);
    private readonly Option<double> smoothing = OptionOf.Number("--label-smoothing", "Share of the target that is spread over all classes.", 0, 0, 0.99);
    private readonly Option<bool> flip = OptionOf.Flag("--flip", "Mirror half of the training pictures, drawn anew every epoch.");
    private readonly Option<bool> randomCrop = OptionOf.Flag("--random-crop", "Train on any part of the network's size of what --smallest-side gives, not on its centre.");
    private readonly Option<int> shift = OptionOf.Number("--shift", "Shift training pictures by up to so many pixels each way.", 0, 0, 256);
    private readonly Option<double> zoom = OptionOf.Number("--zoom", "Resize what training pictures show by a factor of up to 1 + n either way.", 0, 0.0, 4);
    private readonly Option<double> rotate = OptionOf.Number("--rotate", "Turn training pictures by up to so many degrees either way.", 0, 0.0, 180);
    private readonly Option<string> renormalise = OptionOf.Choice(
        "--renormalise", "Which convolutions' filters are scaled back where their RMS passes the radius (paper, section 3.1).", "none", "none", "first", "all");
    private readonly Option<double> radius = OptionOf.Number(
        "--renormalise-radius", "That radius, in the scale of inputs of deviation 1; the paper's 0.1 is for inputs of -128 to 128.", 0.1, 0, 1000, aboveLow: true);
    private readonly Option<int> evaluateEvery = OptionOf.Number("--evaluate-every", "Epochs between two looks at the held-out pictures.", 1, 1, 1_000_000);

    public Option<string> Arch { get; } = ArchOption.Create("compact");

    public Option<string> Data { get; } = OptionOf.Text("--data", "Training pictures: a folder with one folder a class, or with the files of MNIST (idx) or CIFAR (binary).", "folder", required: true);

    public Option<string> HeldOut { get; } = OptionOf.Text("--held-out", "Pictures to measure on, laid out likewise; never trained on. The default is the set's own test pictures, where it has some.", "folder");

    public Option<string> Out { get; } = OptionOf.Text("--out", "The weights file to write (safetensors).", "file", required: true);

    public Option<ulong> Seed { get; } = OptionOf.Number("--seed", "Seed of weights, order, augmentation and dropout.", 0UL, 0UL, ulong.MaxValue);

    public Option<string> Init { get; } = OptionOf.Choice(
        "--init", "Initial weights: the article's (kaiming), PyTorch's default, or the paper's.", "kaiming", [.. Initialisers.Names]);

    public Option<string> Resize { get; } = OptionOf.Choice(
        "--resize", "How pictures get the network's size: the centre of the smaller side's square, or stretched.", "crop", "crop", "stretch");

    public Option<int> SmallestSide { get; } = OptionOf.Number(
        "--smallest-side", "With --resize crop, the smaller side before the crop; 0 takes the network's size, the paper 256 for 224.", 0, 0, 65536);

    public Option<string> Mean { get; } = OptionOf.Choice(
        "--mean", "Whose mean over the training pictures is subtracted: each colour's, or each pixel's as in the paper.", "colour", "colour", "pixel");

    public Option<string> Cache { get; } = OptionOf.Text("--cache", "Keep decoded pictures in a file there, mapped into memory, also for later runs.", "folder");

    public Option<bool> SkipUnreadable { get; } = OptionOf.Flag("--skip-unreadable", "List pictures that cannot be decoded and go on without them.");

    public Option<bool> Baselines { get; } = OptionOf.Flag("--baselines", "Also train a linear softmax on the pixels, to compare with on the held-out pictures.");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            Arch, Data, HeldOut, Out, epochs, batch, rate, momentum, decay, schedule, stepEpochs, stepFactor, warmUp, smoothing,
            flip, randomCrop, shift, zoom, rotate, renormalise, radius, Init, Resize, SmallestSide, Mean, Cache, evaluateEvery, Baselines, SkipUnreadable, Seed,
        })
            command.Options.Add(option);
    }

    /// <summary>The recipe asked for.</summary>
    public TrainingOptions Recipe(ParseResult parse, Network network, Rgb background, int workers) => new()
    {
        Epochs = parse.GetValue(epochs),
        BatchSize = parse.GetValue(batch),
        LearningRate = parse.GetValue(rate),
        Momentum = parse.GetValue(momentum),
        WeightDecay = parse.GetValue(decay),
        Schedule = new LearningRateSchedule
        {
            Kind = parse.GetValue(schedule) switch { "cosine" => ScheduleKind.Cosine, "step" => ScheduleKind.Step, _ => ScheduleKind.Constant },
            StepEpochs = parse.GetValue(stepEpochs),
            StepFactor = parse.GetValue(stepFactor),
            WarmUpSteps = parse.GetValue(warmUp),
        },
        LabelSmoothing = parse.GetValue(smoothing),
        Augmentation = new Augmentation
        {
            Flip = parse.GetValue(flip),
            RandomCrop = parse.GetValue(randomCrop),
            Padding = parse.GetValue(shift),
            Zoom = parse.GetValue(zoom),
            Rotation = parse.GetValue(rotate),
            Fill = background,
        },
        Renormaliser = parse.GetValue(renormalise) switch
        {
            "first" => FilterRenormaliser.FirstLayer(network.Features, parse.GetValue(radius)),
            "all" => FilterRenormaliser.AllLayers(network.Features, parse.GetValue(radius)),
            _ => null,
        },
        Seed = parse.GetValue(Seed),
        EvaluateEvery = parse.GetValue(evaluateEvery),
        Workers = workers,
    };
}
