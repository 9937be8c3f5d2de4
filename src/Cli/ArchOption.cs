using System.CommandLine;

namespace ZfNet.Cli;

/// <summary>--arch: a network of the catalogue.</summary>
internal static class ArchOption
{
    public static Option<string> Create(string standard, string name = "--arch", string description = "The network")
    {
        var main = Networks.All.Where(network => !Ablation.All.Any(ablation => ablation.Spec.Name == network.Name)).Select(network => network.Name);
        var option = OptionOf.Text(name, $"{description}: {string.Join(", ", main)}, or an ablation of them ('zfnet summary --list' prints all).", "name");
        option.DefaultValueFactory = _ => standard;
        option.CompletionSources.Add([.. Networks.All.Select(network => network.Name)]);
        return option;
    }
}
