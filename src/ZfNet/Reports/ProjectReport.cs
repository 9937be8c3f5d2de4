using System.Globalization;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>One unit or map of one picture, projected and drawn.</summary>
/// <param name="Projection">What was projected and whether it is zero.</param>
/// <param name="Image">The signed pixels (3, H, W) in the network's channel order.</param>
/// <param name="Drawing">The picture the network saw, with the unit's patch framed, beside the projection.</param>
public sealed record ProjectReport(Projection Projection, IReadOnlyList<float> Image, Picture Drawing)
{
    /// <summary>Projects one seed of one picture.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="picture">A picture of any size.</param>
    /// <param name="seed">Layer, map and unit; its <see cref="Seed.Picture"/> is 0.</param>
    /// <param name="options">Rules; null takes the paper's.</param>
    /// <exception cref="InputException">There is no such layer, map or unit.</exception>
    public static ProjectReport Make(Model model, Picture picture, Seed seed, ProjectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(seed);
        options ??= ProjectionOptions.Deconvnet;
        using var scope = new TensorScope();
        var preprocessing = model.Preprocessing;
        var prepared = preprocessing.Prepare(picture);
        LayerChain chain = model.Network;
        using var x = chain.Input(preprocessing.ToChw(picture), [1, 3, preprocessing.Height, preprocessing.Width]);
        using var recording = Recording.Record(chain, x, RecordingOptions.For(options, seed.Layer));
        using var projections = Deconvnet.Project(recording, [seed], options);
        var (item, image) = (projections.Items[0], projections.Image(0));
        return new ProjectReport(item, image, Draw(chain, prepared, preprocessing, item, image, options));
    }

    /// <summary>Writes the drawing, whole or not at all.</summary>
    /// <param name="path">The PNG file.</param>
    /// <exception cref="FileWriteException">The file cannot be written.</exception>
    public void Save(string path) => Drawing.SavePng(path);

    private static Picture Draw(LayerChain chain, Picture prepared, Preprocessing preprocessing, Projection item, float[] image, ProjectionOptions options)
    {
        var factor = Math.Max(1, 256 / Math.Max(prepared.Height, prepared.Width));
        var signed = SignedPixels.FromChw(image, prepared.Height, prepared.Width, preprocessing.Order)?.Enlarge(factor);
        using var canvas = new Canvas(prepared.Height * factor, prepared.Width * factor, Rgb.White);
        canvas.Draw(prepared.Enlarge(factor), 0, 0);
        var patch = item.Patch;
        canvas.Frame(new PixelBox(patch.Top * factor, patch.Left * factor, patch.Height * factor, patch.Width * factor), new Rgb(255, 64, 32), 2);
        var unit = item.Seed.Kind == SeedKind.WholeMap ? "whole map" : $"unit ({item.Y}, {item.X})";
        var title = string.Create(
            CultureInfo.InvariantCulture,
            $"{chain.Resolve(item.Seed.Layer)} map {item.Seed.Map}, {unit}, activation {item.Activation:G4}, {options.Rule.ToString().ToLowerInvariant()}");
        return new ContactSheet { Columns = 2, Gutter = 10, Margin = 14, CaptionSize = 12, Title = title, MinimumCell = factor * Math.Max(prepared.Height, prepared.Width) }
            .Draw([new(canvas.ToPicture(), "seen, with the unit's patch"), new(signed, item.IsZero ? "projection: zero everywhere" : "projection: grey is zero")]);
    }
}
