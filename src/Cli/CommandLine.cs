using System.CommandLine;
using ZfNet.Cli.Commands;

namespace ZfNet.Cli;

/// <summary>The zfnet command: parses, runs, and turns whatever happens into an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">As given by the shell.</param>
    /// <param name="host">Streams and the wish to stop.</param>
    /// <param name="interrupt">Says which signal it was; null for Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args, CliHost host, Interrupt? interrupt = null)
    {
        try
        {
            return Invoke(args, host);
        }
#pragma warning disable CA1031 // The one place where every fault ends.
        catch (Exception fault)
        {
            var (code, sentence) = CliExit.Of(fault);
            host.Error.WriteLine($"zfnet: {CliExit.OneLine(sentence)}");
            if (code == CliExit.Failed && Environment.GetEnvironmentVariable(CliExit.TraceVariable) == "1")
                host.Error.WriteLine(fault);
            return code == CliExit.Interrupted ? interrupt?.ExitCode ?? code : code;
        }
#pragma warning restore CA1031
    }

    /// <summary>Every command.</summary>
    public static RootCommand Root(CliHost host)
    {
        var root = new RootCommand("ZfNet: train a convolutional network, and see what every feature map has learned (Zeiler and Fergus 2013).")
        {
            new InfoCommand(host),
            new SummaryCommand(host),
            new CompareCommand(host),
            new DemoCommand(host),
            new ClassifyCommand(host),
            new VisualizeCommand(host),
            new ProjectCommand(host),
            new FiltersCommand(host),
            new OccludeCommand(host),
            new TrainCommand(host),
            new AblateCommand(host),
            new EvalCommand(host),
            new ProbeCommand(host),
        };
        return root;
    }

    private static int Invoke(IReadOnlyList<string> args, CliHost host)
    {
        var root = Root(host);
        var invocation = new InvocationConfiguration { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false };
        if (args.Count == 0)
        {
            // As go and uv do: somebody who typed nothing wants the help, a script that passes nothing wants to know.
            root.Parse("--help").Invoke(new InvocationConfiguration { Output = host.Error, Error = host.Error });
            return CliExit.BadInput;
        }
        // A name that begins with @ is a file's, not a list of further arguments.
        var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (ParseSentence.Of(parse) is { } sentence)
            throw new InputException(sentence);
        var code = parse.Invoke(invocation);
        host.Output.Flush();
        return code;
    }
}
