using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>How often one class was right.</summary>
/// <param name="Name">The class.</param>
/// <param name="Count">Its pictures.</param>
/// <param name="Top1">Those whose most probable class it was.</param>
/// <param name="Top5">Those among whose five most probable classes it was.</param>
public sealed record ClassCount(string Name, int Count, int Top1, int Top5);

/// <summary>A network's answers over labelled pictures.</summary>
/// <param name="Count">Pictures.</param>
/// <param name="Top1">Pictures whose class was the most probable one.</param>
/// <param name="Top5">Pictures whose class was among the five most probable (all, with five classes or fewer).</param>
/// <param name="Loss">Mean cross-entropy, natural logarithm, no label smoothing.</param>
/// <param name="Classes">Counts by class, in label order.</param>
public sealed record EvaluationResult(int Count, int Top1, int Top5, double Loss, IReadOnlyList<ClassCount> Classes)
{
    /// <summary>Top-1 accuracy, 0 to 1.</summary>
    public double Accuracy => (double)Top1 / Count;

    /// <summary>Top-5 accuracy, 0 to 1.</summary>
    public double Top5Accuracy => (double)Top5 / Count;

    /// <summary>Adds answers up.</summary>
    /// <param name="answers">At least one.</param>
    /// <param name="classes">Class names in label order.</param>
    public static EvaluationResult Of(IReadOnlyCollection<Answer> answers, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(classes);
        var counts = new int[classes.Count, 3];
        foreach (var answer in answers)
        {
            counts[answer.Label, 0]++;
            if (answer.Rank == 0)
                counts[answer.Label, 1]++;
            if (answer.Rank < 5)
                counts[answer.Label, 2]++;
        }
        ClassCount[] byClass = [.. classes.Select((name, c) => new ClassCount(name, counts[c, 0], counts[c, 1], counts[c, 2]))];
        return new(
            answers.Count, byClass.Sum(c => c.Top1), byClass.Sum(c => c.Top5), answers.Average(answer => answer.Loss), byClass);
    }
}

/// <summary>Counts a network's answers: evaluation mode, no gradients, every picture once, whole, in order.</summary>
public static class Evaluation
{
    /// <summary>Runs a network over labelled pictures and adds its answers up.</summary>
    /// <param name="network">(N, 3, H, W) to logits [N, classes]. Its mode is restored afterwards.</param>
    /// <param name="pictures">Labelled pictures of the network's size.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="batchSize">Crops a pass; changes memory, not answers.</param>
    /// <param name="progress">Told the pictures done after every pass.</param>
    /// <param name="workers">Threads that decode; 0 for one a processor.</param>
    /// <param name="crops">What the network sees of a picture; of ten crops the probabilities are averaged.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="InputException">No pictures, no labels, or another number of classes than outputs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static EvaluationResult Run(
        Layer network, PreparedPictures pictures, Device device, int batchSize = 64,
        IProgress<int>? progress = null, int workers = 0, CropRule crops = CropRule.Centre, CancellationToken cancel = default) =>
        EvaluationResult.Of(Answers(network, pictures, device, batchSize, progress, workers, crops, cancel), pictures.Classes);

    /// <summary>The network's answer on every picture, in their order; arguments and faults as <see cref="Run"/>'s.</summary>
    /// <param name="network">(N, 3, H, W) to logits [N, classes]. Its mode is restored afterwards.</param>
    /// <param name="pictures">Labelled pictures of the network's size.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="batchSize">Crops a pass; changes memory, not answers.</param>
    /// <param name="progress">Told the pictures done after every pass.</param>
    /// <param name="workers">Threads that decode; 0 for one a processor.</param>
    /// <param name="crops">What the network sees of a picture; of ten crops the probabilities are averaged.</param>
    /// <param name="cancel">Stops between passes.</param>
    public static IReadOnlyList<Answer> Answers(
        Layer network, PreparedPictures pictures, Device device, int batchSize = 64,
        IProgress<int>? progress = null, int workers = 0, CropRule crops = CropRule.Centre, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        Labelled.Check(pictures);
        var answers = new List<Answer>(pictures.Count);
        var loader = new PictureLoader(pictures, Math.Max(1, batchSize / Crops.Count(crops))) { Workers = workers > 0 ? workers : Environment.ProcessorCount };
        var wasTraining = network.Training;
        network.Training = false;
        try
        {
            using var mode = Autograd.NoGrad();
            foreach (var batch in loader.InOrder(crops, cancel))
            {
                using (batch)
                {
                    cancel.ThrowIfCancellationRequested();
                    using var scope = new TensorScope();
                    var logits = network.Forward(Labelled.Input(batch, pictures.Preprocessing, device));
                    Labelled.CheckOutputs(logits, pictures.Classes);
                    var (rows, each) = (logits.ToArray<float>(), pictures.Classes.Count * batch.CropsEach);
                    for (var n = 0; n < batch.Count; n++)
                        answers.Add(Answer.Of(
                            batch.Indices.Span[n], batch.Labels.Span[n], Together(rows.AsSpan(n * each, each), batch.CropsEach)));
                    progress?.Report(answers.Count);
                }
            }
        }
        finally
        {
            network.Training = wasTraining;
        }
        return answers;
    }

    /// <summary>The logarithm of the crops' mean probabilities: scores that stand for all of them.</summary>
    private static ReadOnlySpan<float> Together(ReadOnlySpan<float> rows, int crops)
    {
        if (crops == 1)
            return rows;
        var classes = rows.Length / crops;
        var means = new double[classes];
        var exponentials = new double[classes];
        for (var k = 0; k < crops; k++)
        {
            var row = rows.Slice(k * classes, classes);
            var (largest, sum) = (double.NegativeInfinity, 0.0);
            foreach (var value in row)
                largest = Math.Max(largest, value);
            for (var c = 0; c < classes; c++)
                sum += exponentials[c] = Math.Exp(row[c] - largest);
            for (var c = 0; c < classes; c++)
                means[c] += exponentials[c] / sum / crops;
        }
        return Array.ConvertAll(means, mean => (float)Math.Log(mean));
    }

    /// <summary>
    /// How many classes come before the label's: those with a larger value, and of equal ones those with a smaller number.
    /// A value that is not a number comes last.
    /// </summary>
    internal static int Rank(ReadOnlySpan<float> row, int label)
    {
        var rank = 0;
        if (float.IsNaN(row[label]))
            return row.Length - 1;
        for (var c = 0; c < row.Length; c++)
            if (row[c] > row[label] || (row[c] == row[label] && c < label))
                rank++;
        return rank;
    }
}
