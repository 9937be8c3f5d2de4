namespace ZfNet;

/// <summary>
/// Gives layers their friendly names: weighted ones by the paper's number (conv1..conv5, fc6..fc8), others by the
/// weighted layer that they follow (relu1, pool1, norm1, drop6). A second one of a name gets a letter: relu1b.
/// </summary>
internal sealed class LayerNames
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private int number;

    public string Next(LayerSpec spec, bool features)
    {
        if (spec is WeightedSpec weighted)
            number = weighted.Number ?? number + 1;
        var name = spec switch
        {
            ConvSpec => "conv",
            LinearSpec => features ? "linear" : "fc",
            ReluSpec => "relu",
            MaxPoolSpec => "pool",
            LrnSpec => "norm",
            _ => "drop",
        } + number;
        var unique = name;
        for (var letter = 0; !taken.Add(unique); letter++)
            unique = letter < 25 ? $"{name}{(char)('b' + letter)}" : $"{name}-{letter + 2}";
        return unique;
    }
}
