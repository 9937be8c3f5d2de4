using ZfNet.Data;
using ZfNet.Engine;

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
}

/// <summary>Counts a network's answers: evaluation mode, no gradients, every picture once, whole, in order.</summary>
public static class Evaluation
{
    /// <summary>Runs a network over labelled pictures.</summary>
    /// <param name="network">(N, 3, H, W) to logits [N, classes]. Its mode is restored afterwards.</param>
    /// <param name="pictures">Labelled pictures of the network's size.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="batchSize">Pictures a pass; changes memory, not answers.</param>
    /// <param name="progress">Told the pictures done after every pass.</param>
    /// <param name="workers">Threads that decode; 0 for one a processor.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="InputException">No pictures, no labels, or another number of classes than outputs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static EvaluationResult Run(
        Layer network, PreparedPictures pictures, Device device, int batchSize = 64,
        IProgress<int>? progress = null, int workers = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        Labelled.Check(pictures);
        var counts = new int[pictures.Classes.Count, 3];
        var (done, loss) = (0, 0.0);
        var loader = new PictureLoader(pictures, batchSize) { Workers = workers > 0 ? workers : Environment.ProcessorCount };
        var wasTraining = network.Training;
        network.Training = false;
        try
        {
            using var mode = Autograd.NoGrad();
            foreach (var batch in loader.InOrder(cancel))
            {
                using (batch)
                {
                    cancel.ThrowIfCancellationRequested();
                    using var scope = new TensorScope();
                    var logits = network.Forward(Labelled.Input(batch, pictures.Preprocessing, device));
                    Labelled.CheckOutputs(logits, pictures.Classes);
                    loss += batch.Count * logits.CrossEntropy(Labelled.Labels(batch, device)).Item();
                    Count(logits.ToArray<float>(), batch.Labels.Span, counts);
                    progress?.Report(done += batch.Count);
                }
            }
        }
        finally
        {
            network.Training = wasTraining;
        }
        var classes = pictures.Classes.Select((name, c) => new ClassCount(name, counts[c, 0], counts[c, 1], counts[c, 2])).ToArray();
        return new(
            classes.Sum(c => c.Count), classes.Sum(c => c.Top1), classes.Sum(c => c.Top5), loss / pictures.Count, classes);
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

    private static void Count(float[] logits, ReadOnlySpan<int> labels, int[,] counts)
    {
        var classes = counts.GetLength(0);
        for (var n = 0; n < labels.Length; n++)
        {
            var rank = Rank(logits.AsSpan(n * classes, classes), labels[n]);
            counts[labels[n], 0]++;
            if (rank == 0)
                counts[labels[n], 1]++;
            if (rank < 5)
                counts[labels[n], 2]++;
        }
    }
}
