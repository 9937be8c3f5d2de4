namespace ZfNet;

/// <summary>
/// A network with layers removed or resized, to see what they are worth: section 2 of the article and Table 3 of the
/// paper, on any network of the catalogue.
/// </summary>
/// <param name="Spec">The changed network, named base-change; the base itself where nothing is changed.</param>
/// <param name="Base">The network that was changed.</param>
/// <param name="Change">What was changed, by the part that the layers play.</param>
/// <param name="Description">The same, by their numbers and widths.</param>
public sealed record Ablation(NetworkSpec Spec, NetworkSpec Base, AblationChange Change, string Description)
{
    /// <summary>The networks that are changed.</summary>
    public static IReadOnlyList<NetworkSpec> Bases { get; } =
        [Networks.Wide, Networks.Paper, Networks.AlexNet, Networks.Compact, Networks.Mini];

    /// <summary>Every change of every base that makes sense for it.</summary>
    public static IReadOnlyList<Ablation> All { get; } =
        [.. Bases.SelectMany(Of).Where(ablation => ablation.Change.Name != AblationChange.Base)];

    /// <summary>What the paper measured for the same change of AlexNet; null where it did not.</summary>
    public TableThreeErrors? PaperAlexNet => TableThree.AlexNet.GetValueOrDefault(Change.Name);

    /// <summary>What the paper measured for the same change of its Fig. 3's network; null where it did not.</summary>
    public TableThreeErrors? PaperFigure3 => TableThree.Figure3.GetValueOrDefault(Change.Name);

    /// <summary>A network unchanged, then every change that makes sense for it.</summary>
    /// <param name="network">One of <see cref="Bases"/>.</param>
    /// <exception cref="NetworkSpecException">It is not; the sentence lists those there are.</exception>
    public static IReadOnlyList<Ablation> Of(NetworkSpec network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (!Bases.Contains(network))
            throw new NetworkSpecException(
                $"There is no ablation of network '{network.Name}'; "
                + $"there are those of {string.Join(", ", Bases.Select(one => one.Name))}.");

        // The wide network has the larger maps already; the article's question is asked the other way round.
        var wide = network == Networks.Wide;
        return [.. AblationChange.All
            .Where(change => change.MapFactors.Count == 0 || change.MapFactors[0] < 1 == wide)
            .Select(change => Of(network, change))];
    }

    private static Ablation Of(NetworkSpec network, AblationChange change)
    {
        var (gone, maps, units) = (change.Gone(network), change.Maps(network), change.Units(network));
        var names = new List<string>();
        var words = new List<string>();
        if (gone.Length > 0)
        {
            names.Add("without-" + string.Join('-', gone));
            words.Add($"{Layers(gone)} removed");
        }
        if (maps.Length > 0)
        {
            names.Add("maps-" + string.Join('-', maps.Select(layer => layer.Width)));
            words.Add($"{Layers(Numbers(maps))} of {Listed([.. maps.Select(layer => layer.Width)])} maps");
        }
        if (units.Length > 0)
        {
            int[] widths = [.. units.Select(layer => layer.Width).Distinct()];
            names.Add("fc-" + string.Join('-', widths));
            words.Add($"{Layers(Numbers(units))} of {Listed(widths)} units");
        }
        if (names.Count == 0)
            return new(network, network, change, "unchanged");
        var changed = network.WithoutLayers(gone).WithWidths([.. maps, .. units]);
        return new(
            changed with { Name = string.Join('-', [network.Name, .. names]) }, network, change,
            string.Join(", ", words));
    }

    private static int[] Numbers((int Number, int Width)[] layers) => [.. layers.Select(layer => layer.Number)];

    private static string Layers(int[] numbers) => numbers switch
    {
        [var one] => $"layer {one}",
        [var first, _, _, ..] when numbers[^1] - first == numbers.Length - 1 => $"layers {first} to {numbers[^1]}",
        _ => $"layers {Listed(numbers)}",
    };

    private static string Listed(int[] numbers) =>
        numbers.Length == 1 ? $"{numbers[0]}" : $"{string.Join(", ", numbers[..^1])} and {numbers[^1]}";
}
