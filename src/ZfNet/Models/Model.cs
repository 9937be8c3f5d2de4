using System.Globalization;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>A network with what is needed to use it on pictures: what travels in one weights file.</summary>
/// <param name="Network">The network; owned.</param>
/// <param name="Preprocessing">How a picture becomes its input.</param>
/// <param name="Classes">Class names in the order of its outputs; empty where they are not known.</param>
public sealed record Model(Network Network, Preprocessing Preprocessing, IReadOnlyList<string> Classes) : IDisposable
{
    /// <summary>Further text that travels with the weights (a recipe, say); keys must not begin with "zfnet.".</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    /// <summary>The name of an output: "class 7" where names are not known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public string ClassName(int index)
    {
        if (index < 0 || index >= Network.Spec.Classes)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The network has {Network.Spec.Classes} classes.");
        return Classes.Count > 0 ? Classes[index] : $"class {index}";
    }

    /// <summary>The output of a class, by its name or else by its number from 0.</summary>
    /// <exception cref="InputException">There is none; the sentence lists those there are, if they are not too many.</exception>
    public int ClassIndex(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const int Many = 50;
        for (var i = 0; i < Classes.Count; i++)
            if (string.Equals(Classes[i], name, StringComparison.Ordinal))
                return i;
        var count = Network.Spec.Classes;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count)
            return index;
        var known = Classes.Count is > 0 and <= Many ? $"it knows {string.Join(", ", Classes)}" : $"its {count} classes have the numbers 0 to {count - 1}";
        throw new InputException($"The network knows no class '{name}'; {known}.");
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => Network.Dispose();
}
