using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>Labelled batches as tensors, and what is asked of them.</summary>
internal static class Labelled
{
    /// <summary>Refuses sets that nothing can be learned from or counted on.</summary>
    public static void Check(PreparedPictures pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0)
            throw new InputException("The data set has no pictures.");
        if (pictures.Classes.Count == 0)
            throw new InputException("The pictures have no labels: training and evaluation take one folder a class.");
    }

    public static void CheckOutputs(Tensor logits, IReadOnlyList<string> classes)
    {
        if (logits.Shape.Rank != 2 || logits.Shape[1] != classes.Count)
            throw new InputException(
                $"The network answers with shape {logits.Shape}, but the data set has {classes.Count} classes.");
    }

    /// <summary>(N * crops, 3, H, W).</summary>
    public static Tensor Input(PictureBatch batch, Preprocessing preprocessing, Device device) =>
        Tensor.From(batch.Values.Span, [batch.Count * batch.CropsEach, 3, preprocessing.Height, preprocessing.Width], device);

    /// <summary>Int32 [N].</summary>
    public static Tensor Labels(PictureBatch batch, Device device) =>
        Tensor.From(batch.Labels.Span, [batch.Count], device);
}
