using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>What a network has to beat.</summary>
public static class Baselines
{
    /// <summary>Always answers the class that is most frequent among the training pictures (of equal ones, the first).</summary>
    /// <param name="pictures">Training pictures.</param>
    /// <param name="heldOut">Pictures to count on, with the same classes.</param>
    /// <returns>Its accuracy on the held-out pictures, 0 to 1, and the class.</returns>
    public static (double Accuracy, string Class) Majority(IPictureSource pictures, IPictureSource heldOut)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(heldOut);
        var counts = Counts(pictures);
        var majority = Array.IndexOf(counts, counts.Max());
        return ((double)Counts(heldOut)[majority] / heldOut.Count, pictures.Classes[majority]);
    }

    /// <summary>A softmax straight on the pixels: a single linear layer, from zero weights, trained like the network.</summary>
    /// <param name="pictures">Training pictures.</param>
    /// <param name="heldOut">Pictures to measure on.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="options">The recipe; filter renormalisation does not apply.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public static EvaluationResult LinearSoftmax(
        PreparedPictures pictures, PreparedPictures heldOut, Device device, TrainingOptions options,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(options);
        Labelled.Check(pictures);
        var linear = new Linear(pictures.Preprocessing.Length, pictures.Classes.Count, device: device);
        using var network = new Sequential([new("flatten", new Flatten()), new("linear", linear)]);
        linear.Weight.Fill(0);
        linear.Bias!.Fill(0);
        var recipe = options with { Renormaliser = null, EvaluateEvery = options.Epochs };
        using var trainer = new Trainer(network, pictures, device, recipe, heldOut);
        return trainer.Run(progress, cancel: cancel)[^1].HeldOut!;
    }

    private static int[] Counts(IPictureSource pictures)
    {
        if (pictures.Count == 0 || pictures.Classes.Count == 0)
            throw new InputException("The data set has no labelled pictures.");
        var counts = new int[pictures.Classes.Count];
        for (var i = 0; i < pictures.Count; i++)
            counts[pictures.Label(i)]++;
        return counts;
    }
}
