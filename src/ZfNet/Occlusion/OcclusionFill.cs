using ZfNet.Pictures;

namespace ZfNet;

/// <summary>
/// What an occluding square is filled with. Squares are painted into the network's input, after preprocessing, one value a
/// channel; since preprocessing is one straight line a colour, that is the same as painting the resized picture (on average,
/// where every pixel has a mean of its own).
/// </summary>
public sealed class OcclusionFill
{
    private readonly Func<ReadOnlySpan<float>, int, float[]> values;

    private OcclusionFill(string name, Func<ReadOnlySpan<float>, int, float[]> values) => (Name, this.values) = (name, values);

    /// <summary>The names that <see cref="Find"/> knows: grey, mean, zero.</summary>
    public static IReadOnlyList<string> Names { get; } = ["grey", "mean", "zero"];

    /// <summary>The picture's own mean, channel by channel.</summary>
    public static OcclusionFill Mean { get; } = new("mean", Means);

    /// <summary>
    /// Zero in the network's input: the mean of the training pictures where preprocessing subtracts it, black where it
    /// subtracts nothing.
    /// </summary>
    public static OcclusionFill Zero { get; } = new("zero", (_, channels) => new float[channels]);

    /// <summary>What to call it.</summary>
    public string Name { get; }

    /// <summary>
    /// Mid-grey, as in the paper: half of the pixels' range (0.5 of 1, 127.5 of 255) in every colour, preprocessed, that is,
    /// (ValueRange / 2 - mean) / std.
    /// </summary>
    /// <param name="preprocessing">The network's.</param>
    public static OcclusionFill Grey(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        var (mean, std, half) = (preprocessing.Mean, preprocessing.Std, preprocessing.ValueRange / 2);
        float[] colours = [(half - mean.R) / std.R, (half - mean.G) / std.G, (half - mean.B) / std.B];
        if (preprocessing.Order == ChannelOrder.Bgr)
            Array.Reverse(colours);
        return new OcclusionFill("grey", (_, _) => colours);
    }

    /// <summary>Given values, one for each channel of the network's input.</summary>
    public static OcclusionFill Values(params float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var copy = values.ToArray();
        return new OcclusionFill("values", (_, _) => copy);
    }

    /// <summary>The fill of a name, upper and lower case alike.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="preprocessing">The network's: says what grey is.</param>
    /// <exception cref="InputException">There is no such fill.</exception>
    public static OcclusionFill Find(string name, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToLowerInvariant() switch
        {
            "grey" or "gray" => Grey(preprocessing),
            "mean" => Mean,
            "zero" => Zero,
            _ => throw new InputException($"There is no fill '{name}'; there are {string.Join(", ", Names)}."),
        };
    }

    /// <summary>One value for each channel of a picture (C, H, W).</summary>
    internal float[] For(ReadOnlySpan<float> picture, int channels)
    {
        var result = values(picture, channels);
        return result.Length == channels
            ? result
            : throw new InputException($"The fill has {result.Length} values, but the picture has {channels} channels.");
    }

    private static float[] Means(ReadOnlySpan<float> picture, int channels)
    {
        var means = new float[channels];
        var plane = picture.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            double sum = 0;
            foreach (var value in picture.Slice(c * plane, plane))
                sum += value;
            means[c] = (float)(sum / plane);
        }
        return means;
    }
}
