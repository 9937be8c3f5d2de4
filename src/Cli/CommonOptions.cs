using System.CommandLine;
using ZfNet.Engine;

namespace ZfNet.Cli;

/// <summary>Options that several commands share. Each command adds those that mean something to it.</summary>
internal sealed class CommonOptions
{
    private readonly Option<string> device = OptionOf.Choice(
        "--device", "Where to compute: auto takes the fastest there is, reference is slow and plain.", "auto", "auto", "cpu", "reference");

    private readonly Option<int> threads = OptionOf.Number("--threads", "Processor threads to use; 0 takes all.", 0, 0, 1024);

    /// <summary>Machine-readable results.</summary>
    public Option<bool> Json { get; } = OptionOf.Flag("--json", "Write the result as JSON; no progress bar.");

    /// <summary>Adds --device and --threads.</summary>
    public void AddDevice(Command command)
    {
        command.Options.Add(device);
        command.Options.Add(threads);
    }

    /// <summary>The device asked for; the caller disposes it.</summary>
    public Device Open(ParseResult parse) => Device.Open(parse.GetRequiredValue(device), parse.GetValue(threads));

    /// <summary>Threads for decoding: as many as asked for, or all.</summary>
    public int Workers(ParseResult parse) => parse.GetValue(threads) is var n and > 0 ? n : Environment.ProcessorCount;
}
