using System.CommandLine;
using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Command;

/// <summary>The zfnet-emu command.</summary>
internal static class EmuCommandLine
{
    /// <summary>The kernel ran and no check had anything to say.</summary>
    public const int Clean = 0;

    /// <summary>Checks reported faults.</summary>
    public const int Faults = 1;

    /// <summary>What was given is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            "zfnet-emu: run a kernel of a PTX file on the software GPU, check it, and follow a thread.\n\n"
            + "It ends with 0 when no check found a fault, 1 when one did, 2 when what it was given is wrong.")
        {
            new ListCommand(output), new RunCommand(output),
        };
        var configuration =
            new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            if (args.Count == 0)
            {
                root.Parse("--help").Invoke(new InvocationConfiguration { Output = error, Error = error });
                return BadInput;
            }
            var parse = root.Parse(
                args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            if (parse.Errors.Count == 0)
                return parse.Invoke(configuration);
            var unknown = parse.Errors.FirstOrDefault(
                found => found.Message.StartsWith("Unrecognized", StringComparison.Ordinal));
            throw new InputException((unknown ?? parse.Errors[0]).Message);
        }
        catch (Exception fault) when (
            fault is InputException or GpuException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"zfnet-emu: {fault.Message}");
            return BadInput;
        }
    }
}
