using System.Globalization;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>What the words and numbers of a <see cref="RunConfig"/> stand for.</summary>
public static class Recipes
{
    /// <summary>The network, with as many outputs as classes and the dropout asked for.</summary>
    /// <exception cref="InputException">There is no such network, or the dropout is not a chance.</exception>
    public static NetworkSpec Network(this RunConfig config, int classes)
    {
        ArgumentNullException.ThrowIfNull(config);
        var spec = Networks.Find(config.Arch).WithClasses(classes);
        return config.Dropout is { } probability ? spec.WithDropout(probability) : spec;
    }

    /// <summary>
    /// Size and resizing of the pictures for a network; mean and deviation are for <see cref="PictureStatistics"/>.
    /// </summary>
    /// <exception cref="InputException">The resizing is neither "crop" nor "stretch".</exception>
    public static Preprocessing Shape(this RunConfig config, NetworkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(spec);
        return new()
        {
            Height = spec.Height,
            Width = spec.Width,
            Resize = config.Resize switch
            {
                "crop" => ResizeRule.SmallestSideCentreCrop,
                "stretch" => ResizeRule.Stretch,
                _ => throw new InputException($"'resize' is '{config.Resize}'; it must be crop or stretch."),
            },
            SmallestSide = config.SmallestSide,
        };
    }

    /// <summary>The recipe as the trainer takes it.</summary>
    /// <param name="config">As written.</param>
    /// <param name="network">Whose filters may be renormalised.</param>
    /// <param name="pictures">Whose classes may be weighed.</param>
    /// <param name="background">What lies around the pictures.</param>
    /// <param name="workers">Threads that decode.</param>
    /// <exception cref="InputException">A name or a list is not one that it can be.</exception>
    public static TrainingOptions Options(
        this RunConfig config, Network network, IPictureSource pictures, Rgb background, int workers)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(pictures);
        return new()
        {
            Epochs = config.Epochs,
            BatchSize = config.Batch,
            Accumulate = config.Accumulate,
            LearningRate = config.Lr,
            Momentum = config.Momentum,
            WeightDecay = config.WeightDecay,
            Schedule = new LearningRateSchedule
            {
                Kind = config.Schedule,
                StepEpochs = config.StepEpochs,
                StepFactor = config.StepFactor,
                Patience = config.Patience,
                WarmUpSteps = config.WarmUp,
            },
            LabelSmoothing = config.LabelSmoothing,
            ClassWeights = ClassWeights(config.ClassWeights, pictures),
            ClipNorm = config.Clip,
            Augmentation = new Augmentation
            {
                Flip = config.Flip,
                RandomCrop = config.RandomCrop,
                Padding = config.Shift,
                Zoom = config.Zoom,
                Rotation = config.Rotate,
                Saturation = config.Saturation,
                Hue = config.Hue,
                Gamma = config.Gamma,
                Cutout = config.Cutout,
                Fill = background,
            },
            Renormaliser = Renormaliser(config.Renormalise, config.RenormaliseRadius, network),
            Seed = config.Seed,
            EvaluateEvery = config.EvaluateEvery,
            EarlyStop = config.EarlyStop,
            Workers = workers,
        };
    }

    private static FilterRenormaliser? Renormaliser(string layers, double radius, Network network) => layers switch
    {
        "none" => null,
        "first" => FilterRenormaliser.FirstLayer(network.Features, radius),
        "all" => FilterRenormaliser.AllLayers(network.Features, radius),
        _ => new(layers.Split(',', StringSplitOptions.TrimEntries).Select(name => network.Layer(name) as Conv2d
            ?? throw new InputException(
                $"Layer '{name}' is no convolution: its filters cannot be renormalised.")), radius),
    };

    private static double[]? ClassWeights(string words, IPictureSource pictures)
    {
        switch (words)
        {
            case "none":
                return null;
            case "balanced":
                var counts = new int[pictures.Classes.Count];
                for (var i = 0; i < pictures.Count; i++)
                    counts[pictures.Label(i)]++;
                // A class without pictures is never weighed.
                return [.. counts.Select(count => (double)pictures.Count / (counts.Length * Math.Max(count, 1)))];
            default:
                return [.. words.Split(',').Select(word =>
                    double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
                        ? weight
                        : throw new InputException(
                            $"'classWeights' is '{words}'; it must be none, balanced, or a number for each class, with commas."))];
        }
    }
}
