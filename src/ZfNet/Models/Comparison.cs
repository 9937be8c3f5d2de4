using System.Globalization;
using System.Text;

namespace ZfNet;

/// <summary>Parameters of a network by kind of layer.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Conv">Of the convolutions.</param>
/// <param name="FullyConnected">Of the fully connected layers.</param>
/// <param name="Flops">Floating-point operations of a forward pass of one picture.</param>
public sealed record ParameterShares(string Network, long Conv, long FullyConnected, long Flops)
{
    /// <summary>All parameters.</summary>
    public long Total => Conv + FullyConnected;

    /// <summary>Part of the convolutions, 0 to 1.</summary>
    public double ConvShare => Conv / (double)Total;

    /// <summary>Part of the fully connected layers, 0 to 1.</summary>
    public double FullyConnectedShare => FullyConnected / (double)Total;

    /// <summary>The parameters of a network.</summary>
    public static ParameterShares Of(NetworkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var plan = spec.Plan();
        return new ParameterShares(spec.Name, plan.ConvParameters, plan.LinearParameters, plan.Flops);
    }
}

/// <summary>The article's comparison: how many parameters a network has more than AlexNet, and where they are.</summary>
/// <param name="Network">The network.</param>
/// <param name="Reference">What it is compared with.</param>
public sealed record Comparison(ParameterShares Network, ParameterShares Reference)
{
    /// <summary>Convolution parameters, network to reference.</summary>
    public double ConvRatio => Network.Conv / (double)Reference.Conv;

    /// <summary>Fully connected parameters, network to reference.</summary>
    public double FullyConnectedRatio => Network.FullyConnected / (double)Reference.FullyConnected;

    /// <summary>All parameters, network to reference.</summary>
    public double TotalRatio => Network.Total / (double)Reference.Total;

    /// <summary>Operations of a forward pass, network to reference.</summary>
    public double FlopsRatio => Network.Flops / (double)Reference.Flops;

    /// <summary>The article's: the wide network against AlexNet.</summary>
    public static Comparison OfArticle() => Of(Networks.Wide, Networks.AlexNet);

    /// <summary>Compares two networks.</summary>
    public static Comparison Of(NetworkSpec network, NetworkSpec reference) => new(ParameterShares.Of(network), ParameterShares.Of(reference));

    /// <summary>A table, lines ended by '\n'.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Row("", Network.Network, Reference.Network, "ratio");
        Row("conv parameters", Summary.Grouped(Network.Conv), Summary.Grouped(Reference.Conv), Times(ConvRatio));
        Row("fully connected parameters", Summary.Grouped(Network.FullyConnected), Summary.Grouped(Reference.FullyConnected), Times(FullyConnectedRatio));
        Row("all parameters", Summary.Grouped(Network.Total), Summary.Grouped(Reference.Total), Times(TotalRatio));
        Row("share of conv", Percent(Network.ConvShare), Percent(Reference.ConvShare), "");
        Row("share of fully connected", Percent(Network.FullyConnectedShare), Percent(Reference.FullyConnectedShare), "");
        Row("forward GFLOP a picture", Giga(Network.Flops), Giga(Reference.Flops), Times(FlopsRatio));
        return text.ToString();

        void Row(string what, string a, string b, string ratio) =>
            text.Append($"{what,-26} {a,15} {b,15} {ratio,7}".TrimEnd()).Append('\n');
    }

    private static string Times(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture) + "x";

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Giga(long flops) => (flops / 1e9).ToString("0.00", CultureInfo.InvariantCulture);
}
