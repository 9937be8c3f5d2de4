using System.CommandLine;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet compare: the article's comparison of two networks' parameters.</summary>
internal sealed class CompareCommand : CliCommand
{
    private readonly Option<string> arch, with;

    public CompareCommand(CliHost host)
        : base("compare", "Compare the parameters and operations of two networks, as the article compares ZFNet with AlexNet.", host)
    {
        arch = Add(ArchOption.Create("wide"));
        with = Add(ArchOption.Create("alexnet", "--with", "What to compare it with"));
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var comparison = Comparison.Of(Networks.Find(parse.GetRequiredValue(arch)), Networks.Find(parse.GetRequiredValue(with)));
        if (!parse.GetValue(Common.Json))
        {
            Host.Output.Write(comparison.ToText());
            return;
        }
        WriteJson(new
        {
            network = Of(comparison.Network),
            reference = Of(comparison.Reference),
            ratios = new
            {
                conv = comparison.ConvRatio,
                fullyConnected = comparison.FullyConnectedRatio,
                total = comparison.TotalRatio,
                flops = comparison.FlopsRatio,
            },
        });

        static object Of(ParameterShares shares) => new
        {
            arch = shares.Network,
            conv = shares.Conv,
            fullyConnected = shares.FullyConnected,
            total = shares.Total,
            convShare = shares.ConvShare,
            fullyConnectedShare = shares.FullyConnectedShare,
            forwardFlops = shares.Flops,
        };
    }
}
