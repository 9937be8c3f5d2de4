using System.CommandLine;
using ZfNet.Engine;

namespace ZfNet.Cli;

/// <summary>--weights, and --arch for files that hold tensors alone.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> weights = OptionOf.Text("--weights", "The trained network: a safetensors file.", "file", required: true);

    private readonly Option<string> arch = OptionOf.Text(
        "--arch", "Which network the file holds, where the file does not say it (as one written by PyTorch): wide, paper, alexnet, compact, ...", "name");

    public void AddTo(Command command)
    {
        weights.Aliases.Add("--model");
        command.Options.Add(weights);
        command.Options.Add(arch);
    }

    /// <summary>Reads the network, in evaluation mode.</summary>
    public Model Load(ParseResult parse, Device device)
    {
        var spec = parse.GetValue(arch) is { } name ? Networks.Find(name) : null;
        var model = ModelFile.Load(parse.GetRequiredValue(weights), spec, device: device);
        model.Network.Training = false;
        return model;
    }
}
