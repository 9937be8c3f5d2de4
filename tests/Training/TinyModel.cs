namespace ZfNet.Tests.Training;

/// <summary>A whole model, every kind of layer in it, for the pictures of <see cref="StripedPictures"/>.</summary>
internal static class TinyModel
{
    public static NetworkSpec Spec { get; } = new()
    {
        Name = "tiny",
        Height = 12,
        Width = 12,
        Classes = 3,
        Features =
        [
            new ConvSpec(4, 3, 1, 1), new ReluSpec(), new LrnSpec(3, 0.1, 0.75, 1), new MaxPoolSpec(3, 2, 0, CeilMode: true),
            new ConvSpec(5, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(2, 2),
        ],
        Classifier = [new DropoutSpec(0.3), new LinearSpec(7), new ReluSpec(), new LinearSpec(3)],
    };

    /// <summary>Writes one that has not learned anything.</summary>
    public static void Write(string path)
    {
        using var network = Network.Create(Spec, seed: 4, device: Backends.Reference);
        using var model = new Model(network, StripedPictures.Preprocessing, ["across", "down", "diagonal"]);
        ModelFile.Save(path, model);
    }
}
