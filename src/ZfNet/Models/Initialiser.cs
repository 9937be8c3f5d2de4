using ZfNet.Engine;

namespace ZfNet;

/// <summary>How a network's weights begin.</summary>
public enum Initialiser
{
    /// <summary>PyTorch's default: uniform within 1/sqrt(fan-in), weights and biases.</summary>
    PyTorch,

    /// <summary>The article's: convolutions normal by fan-out (He et al.), fully connected normal 0.01, biases 0.</summary>
    Kaiming,

    /// <summary>The paper's, as the ports read it: normal 0.01, biases 0.</summary>
    Paper,
}

/// <summary>Names of <see cref="Initialiser"/> and what they do to a layer.</summary>
public static class Initialisers
{
    /// <summary>The names: pytorch, kaiming, paper.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<Initialiser>().Select(name => name.ToLowerInvariant())];

    /// <summary>The initialiser of a name, upper and lower case alike.</summary>
    /// <exception cref="InputException">There is none; the sentence lists those there are.</exception>
    public static Initialiser Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var index = Names.Select(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList().IndexOf(true);
        return index >= 0
            ? (Initialiser)index
            : throw new InputException($"There is no initialiser '{name}'; there are {string.Join(", ", Names)}.");
    }

    /// <summary>Fills a layer's parameters from the generator's next streams.</summary>
    public static void Apply(this Initialiser initialiser, WeightedLayer layer, Generator generator)
    {
        const double Deviation = 0.01;
        switch (initialiser)
        {
            case Initialiser.PyTorch:
                Init.PyTorchDefault(layer, generator);
                break;
            case Initialiser.Kaiming when layer is Conv2d:
                Init.KaimingNormalFanOut(layer, generator);
                break;
            default:
                Init.Normal(layer, Deviation, generator);
                break;
        }
    }
}
