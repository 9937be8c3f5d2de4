namespace ZfNet;

/// <summary>Errors in percent, as in the paper's Table 3.</summary>
/// <param name="TrainTop1">On the training set, one guess.</param>
/// <param name="ValTop1">On the validation set, one guess.</param>
/// <param name="ValTop5">On the validation set, five guesses.</param>
public sealed record TableThreeErrors(double TrainTop1, double ValTop1, double ValTop5);

/// <summary>
/// A network with layers removed or resized, to see what they are worth: section 2 of the article (on the wide network)
/// and Table 3 of the paper (on AlexNet and on the network of Fig. 3).
/// </summary>
/// <param name="Spec">The changed network, named base-change.</param>
/// <param name="Base">The network that was changed.</param>
/// <param name="Description">What was changed.</param>
/// <param name="Errors">What the paper measured on ImageNet; null where it did not.</param>
public sealed record Ablation(NetworkSpec Spec, NetworkSpec Base, string Description, TableThreeErrors? Errors)
{
    /// <summary>What the paper measured for the unchanged networks.</summary>
    public static IReadOnlyDictionary<string, TableThreeErrors> BaseErrors { get; } = new Dictionary<string, TableThreeErrors>
    {
        ["alexnet"] = new(35.1, 40.5, 18.1),
        ["paper"] = new(33.1, 38.4, 16.5),
    };

    /// <summary>All of them; each base gets every change that makes sense for it.</summary>
    public static IReadOnlyList<Ablation> All { get; } = [.. Make()];

    private static IEnumerable<Ablation> Make()
    {
        foreach (var network in new[] { Networks.Wide, Networks.Paper, Networks.AlexNet })
        {
            yield return Of(network, "without-3-4", "layers 3 and 4 removed", network.WithoutLayers(3, 4));
            yield return Of(network, "without-7", "layer 7 removed", network.WithoutLayers(7));
            yield return Of(network, "without-6-7", "layers 6 and 7 removed", network.WithoutLayers(6, 7));
            yield return Of(network, "without-3-4-6-7", "layers 3, 4, 6 and 7 removed", network.WithoutLayers(3, 4, 6, 7));
            yield return Of(network, "fc-2048", "layers 6 and 7 of 2048 units", network.WithWidths((6, 2048), (7, 2048)));
            yield return Of(network, "fc-8192", "layers 6 and 7 of 8192 units", network.WithWidths((6, 8192), (7, 8192)));
            if (network == Networks.Wide)
            {
                // The wide network has the larger maps already; the article's question is asked the other way round.
                yield return Of(network, "maps-384-384-256", "layers 3 to 5 of 384, 384 and 256 maps", Maps(network, 384, 384, 256));
                continue;
            }

            var maps = Maps(network, 512, 1024, 512);
            yield return Of(network, "maps-512-1024-512", "layers 3 to 5 of 512, 1024 and 512 maps", maps);
            yield return Of(
                network, "maps-512-1024-512-fc-8192", "layers 3 to 5 of 512, 1024 and 512 maps, layers 6 and 7 of 8192 units",
                maps.WithWidths((6, 8192), (7, 8192)));
        }
    }

    private static NetworkSpec Maps(NetworkSpec network, int third, int fourth, int fifth) =>
        network.WithWidths((3, third), (4, fourth), (5, fifth));

    private static Ablation Of(NetworkSpec network, string change, string description, NetworkSpec changed)
    {
        var name = $"{network.Name}-{change}";
        return new Ablation(changed with { Name = name }, network, description, Measured(name));
    }

    private static TableThreeErrors? Measured(string name) => name switch
    {
        "alexnet-without-3-4" => new(41.8, 45.4, 22.1),
        "alexnet-without-7" => new(27.4, 40.0, 18.4),
        "alexnet-without-6-7" => new(27.4, 44.8, 22.4),
        "alexnet-without-3-4-6-7" => new(71.1, 71.3, 50.1),
        "alexnet-fc-2048" => new(40.3, 41.7, 18.8),
        "alexnet-fc-8192" => new(26.8, 40.0, 18.1),
        "paper-fc-2048" => new(38.2, 40.2, 17.6),
        "paper-fc-8192" => new(22.0, 38.8, 17.0),
        "paper-maps-512-1024-512" => new(18.8, 37.5, 16.0),
        "paper-maps-512-1024-512-fc-8192" => new(10.0, 38.3, 16.9),
        _ => null,
    };
}
