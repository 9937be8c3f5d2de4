using System.CommandLine;
using ZfNet.Engine;

namespace ZfNet.Cli;

/// <summary>Options that several commands share. Each command adds those that mean something to it.</summary>
internal sealed class CommonOptions
{
    private readonly Option<int> threads = OptionOf.Number("--threads", "Processor threads to use; 0 takes all.", 0, 0, 1024);

    /// <summary>Where to compute.</summary>
    public Option<string> Device { get; } = DeviceOption();

    /// <summary>Machine-readable results.</summary>
    public Option<bool> Json { get; } = OptionOf.Flag("--json", "Write the result as JSON; no progress bar.");

    /// <summary>Adds --device and --threads.</summary>
    public void AddDevice(Command command)
    {
        command.Options.Add(Device);
        AddThreads(command);
    }

    /// <summary>Adds --threads.</summary>
    public void AddThreads(Command command) => command.Options.Add(threads);

    /// <summary>
    /// The device asked for; the caller disposes it. What auto took is said where somebody asked for auto, and where
    /// there may be a surprise: the machine has a GPU driver.
    /// </summary>
    public Device Open(ParseResult parse, CliHost host) => Open(parse.GetRequiredValue(Device), parse, host);

    /// <summary>A device of another's choice, likewise.</summary>
    public Device Open(string name, ParseResult parse, CliHost host) => host.Machine.Open(
        name, parse.GetValue(threads), sentence =>
        {
            if (parse.GetResult(Device) is { Implicit: false } || host.Machine.FindGpus().DriverCuda is not null)
                host.Say(CliExit.OneLine(sentence));
        });

    /// <summary>Threads for decoding: as many as asked for, or all.</summary>
    public int Workers(ParseResult parse) => parse.GetValue(threads) is var n and > 0 ? n : Environment.ProcessorCount;

    private static Option<string> DeviceOption()
    {
        var option = new Option<string>("--device")
        {
            Description =
                "Where to compute: auto takes the first GPU that works, else the CPU; reference is slow and plain.",
            HelpName = "auto|cpu|reference|cuda[:n]",
            DefaultValueFactory = _ => "auto",
            CustomParser = result =>
            {
                var name = result.Tokens[0].Value;
                if (Machine.IsName(name))
                    return name;
                result.AddError($"--device takes {Machine.Names}, not '{name}'.");
                return null;
            },
        };
        option.CompletionSources.Add("auto", "cpu", "reference", "cuda");
        return option;
    }
}
