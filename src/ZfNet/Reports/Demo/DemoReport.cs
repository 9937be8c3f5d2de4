using System.Diagnostics;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>What the demo report is made from.</summary>
/// <param name="Weights">A weights file with class names.</param>
/// <param name="Pictures">Held-out pictures, a folder for each class.</param>
/// <param name="Output">The HTML file to write.</param>
public sealed record DemoOptions(string Weights, string Pictures, string Output)
{
    /// <summary>Maps shown for each layer.</summary>
    public int Maps { get; init; } = 6;

    /// <summary>Draws the random comparisons and the pictures that are classified.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where to compute; null takes the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>The command that is named at the foot of the page.</summary>
    public string Command { get; init; } = "zfnet demo";
}

/// <summary>
/// One self-contained page about a trained network: first-layer filters, the top nine projections of feature maps beside
/// their patches (paper, Fig. 2), occlusion maps (Fig. 7), predictions, and the comparisons that show what the pictures
/// prove.
/// </summary>
public static class DemoReport
{
    /// <summary>Computes everything and writes the page.</summary>
    /// <param name="options">Files and sizes.</param>
    /// <param name="progress">Told what is being worked on, as the work goes on.</param>
    /// <param name="cancel">Stops between steps; nothing is written then.</param>
    /// <exception cref="InputException">The weights have no class names, or the pictures do not fit them.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void Write(DemoOptions options, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = Stopwatch.StartNew();
        using var model = ModelFile.Load(options.Weights, device: options.Device);
        if (model.Classes.Count == 0)
            throw new InputException($"{options.Weights}: the weights carry no class names, so predictions cannot be shown.");
        model.Network.Training = false;
        var folder = ImageFolder.Open(options.Pictures, new DataSetOptions { Classes = model.Classes }, cancel);
        var pictures = new PreparedPictures(folder, model.Preprocessing);
        var work = new DemoWork(model, pictures, options, cancel);

        progress?.Report("classifying the pictures");
        var classified = Classification.Run(model, folder, model.Classes.Count, cancel: cancel).ToArray();
        progress?.Report("searching the strongest activations");
        var layers = DemoLayers.Make(work);
        progress?.Report("comparing with random units and random weights");
        var honesty = DemoHonesty.Make(work);
        progress?.Report("occluding");
        var occlusion = DemoOcclusion.Make(work, classified);

        progress?.Report("writing the page");
        var page = new Dictionary<string, object?>
        {
            ["facts"] = DemoFacts.Make(work, classified),
            ["filters"] = DemoLayers.Filters(work),
            ["layers"] = layers,
            ["honesty"] = honesty,
            ["occlusion"] = occlusion,
            ["classes"] = DemoClasses.Make(work, classified),
            ["footer"] = new { command = options.Command, seconds = $"{clock.Elapsed.TotalSeconds:0.0}" },
        };
        cancel.ThrowIfCancellationRequested();
        ReportPage.Write(options.Output, "demo", page);
    }
}

/// <summary>What every part of the page works with.</summary>
internal sealed record DemoWork(Model Model, PreparedPictures Pictures, DemoOptions Options, CancellationToken Cancel)
{
    public PictureInputs Inputs { get; } = new(Pictures);

    /// <summary>The convolutions as a reader knows them ("conv1"), in order.</summary>
    public IReadOnlyList<string> ConvLayers { get; } =
        [.. Model.Network.Plan.Layers.Where(layer => layer.Spec is ConvSpec).Select(layer => layer.Alias)];

    public int Size => Model.Preprocessing.Height;

    /// <summary>A whole signed image as a picture; hatched when it is zero everywhere.</summary>
    public Picture Draw(ReadOnlySpan<float> chw, int height, int width) =>
        SignedPixels.FromChw(chw, height, width, Model.Preprocessing.Order) ?? ContactSheet.AllZero(height, width);
}
