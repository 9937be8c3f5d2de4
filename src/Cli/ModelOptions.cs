using System.CommandLine;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Cli;

/// <summary>--weights, --arch for files that hold tensors alone, and --linear-weights where the network only runs.</summary>
/// <param name="onlyRuns">Whether the command does no more with the network than run it.</param>
internal sealed class ModelOptions(bool onlyRuns = false)
{
    private const string Narrow = "bfloat16";

    private readonly Option<string> weights = OptionOf.Text("--weights", "The trained network: a safetensors file.", "file", required: true);

    private readonly Option<string> arch = OptionOf.Text(
        "--arch", "Which network the file holds, where the file does not say it (as one written by PyTorch): wide, paper, alexnet, compact, ...", "name");

    private readonly Option<string> linearWeights = OptionOf.Choice(
        "--linear-weights",
        "How the weights of fully connected layers are kept in memory; bfloat16 takes half of it and is read in half the time, rounds each to 8 bits, and is for the CPU.",
        "float32", "float32", Narrow);

    public void AddTo(Command command)
    {
        weights.Aliases.Add("--model");
        command.Options.Add(weights);
        command.Options.Add(arch);
        if (onlyRuns)
            command.Options.Add(linearWeights);
    }

    /// <summary>Reads the network, in evaluation mode.</summary>
    public Model Load(ParseResult parse, Device device)
    {
        var spec = parse.GetValue(arch) is { } name ? Networks.Find(name) : null;
        var storage = onlyRuns && parse.GetValue(linearWeights) == Narrow ? DType.BFloat16 : DType.Float32;
        var model = ModelFile.Load(parse.GetRequiredValue(weights), spec, device: device, linearWeights: storage);
        model.Network.Training = false;
        return model;
    }
}
