using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet;

/// <summary>A class and how probable a network holds it to be.</summary>
/// <param name="Index">Output of the network.</param>
/// <param name="Name">Its name.</param>
/// <param name="Probability">Softmax, 0 to 1.</param>
public sealed record Prediction(int Index, string Name, double Probability);

/// <summary>A network's answer on one picture.</summary>
/// <param name="Picture">The picture's name.</param>
/// <param name="Predictions">The most probable classes, from the first; of equal ones, the smaller index first.</param>
public sealed record Classified(string Picture, IReadOnlyList<Prediction> Predictions);

/// <summary>Asks a network what pictures show.</summary>
public static class Classification
{
    /// <summary>Classifies pictures, in their order, a batch at a time. Dropout does nothing.</summary>
    /// <param name="model">The network; its mode is restored afterwards.</param>
    /// <param name="pictures">Pictures of any size.</param>
    /// <param name="top">Classes an answer lists, at least 1; at most all are listed.</param>
    /// <param name="batchSize">Pictures a pass.</param>
    /// <param name="workers">Threads that decode; 0 for one a processor.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="Pictures.PictureException">A picture cannot be decoded.</exception>
    public static IEnumerable<Classified> Run(
        Model model, IPictureSource pictures, int top = 5, int batchSize = 16, int workers = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        return Batches(model, pictures, top, batchSize, workers > 0 ? workers : Environment.ProcessorCount, cancel);
    }

    private static IEnumerable<Classified> Batches(
        Model model, IPictureSource pictures, int top, int batchSize, int workers, CancellationToken cancel)
    {
        var loader = new PictureLoader(new PreparedPictures(pictures, model.Preprocessing, cacheBytes: 0), Math.Min(batchSize, pictures.Count))
        {
            Workers = workers,
        };
        foreach (var batch in loader.InOrder(cancel))
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                var (rows, classes) = (Probabilities(model, batch), model.Network.Spec.Classes);
                for (var n = 0; n < batch.Count; n++)
                    yield return new(pictures.Name(batch.Indices.Span[n]), Top(model, rows.AsSpan(n * classes, classes), top));
            }
    }

    private static float[] Probabilities(Model model, PictureBatch batch)
    {
        using var mode = Autograd.NoGrad();
        using var scope = new TensorScope();
        var wasTraining = model.Network.Training;
        model.Network.Training = false;
        try
        {
            var (h, w) = (model.Preprocessing.Height, model.Preprocessing.Width);
            var x = Tensor.From(batch.Values.Span, [batch.Count, 3, h, w], model.Network.Device);
            return model.Network.Forward(x).Softmax().ToArray<float>();
        }
        finally
        {
            model.Network.Training = wasTraining;
        }
    }

    private static Prediction[] Top(Model model, ReadOnlySpan<float> probabilities, int top)
    {
        var order = Enumerable.Range(0, probabilities.Length).ToArray();
        var values = probabilities.ToArray();
        Array.Sort(order, (a, b) => values[a] != values[b] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        return [.. order.Take(top).Select(c => new Prediction(c, model.ClassName(c), values[c]))];
    }
}
