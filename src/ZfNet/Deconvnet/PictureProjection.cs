using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>The projection of one map on one picture: what <c>zfnet project</c> shows.</summary>
/// <param name="Item">Where it started, and what the unit sees.</param>
/// <param name="Image">Signed floats (3, Height, Width) of the network's input, row-major.</param>
/// <param name="Prepared">The picture as the network saw it.</param>
/// <param name="Order">Order of the channels in <paramref name="Image"/>.</param>
public sealed record PictureProjection(Projection Item, IReadOnlyList<float> Image, Picture Prepared, ChannelOrder Order)
{
    /// <summary>Projects an activation of a picture.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="picture">A picture of any size.</param>
    /// <param name="seed">Layer, map and unit; its picture number is 0.</param>
    /// <param name="options">Rules; null takes the paper's.</param>
    /// <exception cref="InputException">There is no such layer, map or unit.</exception>
    public static PictureProjection Of(Model model, Picture picture, Seed seed, ProjectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(seed);
        options ??= ProjectionOptions.Deconvnet;
        LayerChain network = model.Network;
        var (preprocessing, prepared) = (model.Preprocessing, model.Preprocessing.Prepare(picture));
        var values = new float[preprocessing.Length];
        preprocessing.ToChw(prepared, values);
        using var scope = new TensorScope();
        var x = Tensor.From(values, [1, 3, preprocessing.Height, preprocessing.Width], model.Network.Device);
        using var recording = Recording.Record(network, x, RecordingOptions.For(options, seed.Layer));
        using var projections = Deconvnet.Project(recording, [seed], options);
        return new(projections.Items[0], projections.Image(0), prepared, preprocessing.Order);
    }

    /// <summary>The signed image as a picture by the rule of <see cref="SignedPixels"/>; null where it is zero everywhere.</summary>
    /// <param name="crop">Only what the unit sees, rather than the whole input.</param>
    public Picture? ToPicture(bool crop = false)
    {
        var whole = SignedPixels.FromChw(Image.ToArray(), Prepared.Height, Prepared.Width, Order);
        return crop ? whole?.Crop(Item.Patch) : whole;
    }
}
