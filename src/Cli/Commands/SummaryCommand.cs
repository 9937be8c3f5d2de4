using System.CommandLine;
using System.Globalization;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet summary: torchsummary's table of a network.</summary>
internal sealed class SummaryCommand : CliCommand
{
    private readonly Option<string> arch;
    private readonly Option<int> classes;
    private readonly Option<bool> list;

    public SummaryCommand(CliHost host)
        : base("summary", "Print a network's layers, shapes and sizes, as torchsummary does.", host)
    {
        arch = Add(ArchOption.Create("wide"));
        classes = Add(OptionOf.Number("--classes", "Outputs of the last layer; 0 keeps the network's own.", 0, 0, 1 << 20));
        list = Add(OptionOf.Flag("--list", "Print the networks that there are, ablations included, with their parameters."));
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        if (parse.GetValue(list))
        {
            List(parse.GetValue(Common.Json));
            return;
        }
        var spec = Networks.Find(parse.GetRequiredValue(arch));
        if (parse.GetValue(classes) is var n and > 0)
            spec = spec.WithClasses(n);
        var summary = Summary.Of(spec);
        if (!parse.GetValue(Common.Json))
        {
            Host.Output.Write(summary.ToText());
            return;
        }
        WriteJson(new
        {
            arch = summary.Network,
            layers = summary.Rows.Select(row => new { type = row.Layer, name = row.Alias, outputShape = row.OutputShape, parameters = row.Parameters }),
            totalParameters = summary.TotalParameters,
            inputBytes = summary.InputBytes,
            forwardBackwardBytes = summary.ForwardBackwardBytes,
            parameterBytes = summary.ParameterBytes,
            totalBytes = summary.TotalBytes,
        });
    }

    private void List(bool json)
    {
        var all = Networks.All.Select(network => (network.Name, network.Plan().Parameters, Ablation.All.FirstOrDefault(a => a.Spec.Name == network.Name)?.Description));
        if (json)
            WriteJson(all.Select(network => new { arch = network.Name, parameters = network.Parameters, ablation = network.Description }));
        else
            Host.Table(
                ["network", ">parameters", "ablation"],
                all.Select(network => new[] { network.Name, network.Parameters.ToString("N0", CultureInfo.InvariantCulture), network.Description ?? "" }));
    }
}
