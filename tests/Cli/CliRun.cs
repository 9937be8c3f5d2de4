using NUnit.Framework;
using System.Diagnostics;
using ZfNet.Cli;
using ZfNet.Engine;
using ZfNet.Kernels.Cuda;
using ZfNet.Tests.Emulator;

namespace ZfNet.Tests.Cli;

/// <summary>What a run of the command came to.</summary>
internal sealed record CliResult(int Code, string Output, string Error)
{
    /// <summary>The one sentence of a fault, without its "zfnet: "; fails where there is anything else.</summary>
    public string Sentence
    {
        get
        {
            Assert.That(Output, Is.Empty, "no half of a result");
            Assert.That(Error, Does.StartWith("zfnet: ").And.EndWith("\n"));
            Assert.That(Error.TrimEnd('\n'), Does.Not.Contain('\n').And.Not.Contain("   at ").And.Not.Contain("Exception"));
            Assert.That(Error.TrimEnd('\n')[^1], Is.AnyOf('.', '!', '?'));
            return Error["zfnet: ".Length..].TrimEnd('\n');
        }
    }
}

/// <summary>Runs the command: in this process, or as a process of its own.</summary>
internal static class CliRun
{
    private static readonly string Command = Find();

    // In the GPU archive beside the tests; else built for their configuration, tests/bin/Debug/net10.0.
    private static string Find()
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var built = Path.Combine(
            KernelPtx.Root, "src", "Cli", "bin", output.Parent?.Name ?? "", output.Name, "zfnet.dll");
        return File.Exists(built) ? built : Path.Combine(output.FullName, "zfnet.dll");
    }

    /// <summary>What the tests run on unless they say otherwise, whatever this machine has.</summary>
    public static Machine NoGpu { get; } = new(
        () => new GpuSystem { NoGpu = "There is no NVIDIA driver." },
        _ => throw new GpuUnavailableException("There is no NVIDIA driver."));

    public static CliResult Here(params string[] args) => Here(CancellationToken.None, args);

    public static CliResult Here(CancellationToken cancel, params string[] args) => Here(NoGpu, args, cancel);

    public static CliResult Here(Machine machine, params string[] args) => Here(machine, args, CancellationToken.None);

    /// <summary>As if Ctrl+C were pressed when the error stream says a text.</summary>
    public static CliResult InterruptedAt(string text, params string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var error = new Watched(text, stop);
        return Here(NoGpu, args, error, stop.Token);
    }

    private static CliResult Here(Machine machine, string[] args, CancellationToken cancel)
    {
        using var error = new StringWriter();
        return Here(machine, args, error, cancel);
    }

    private static CliResult Here(Machine machine, string[] args, StringWriter error, CancellationToken cancel)
    {
        using var output = new StringWriter { NewLine = "\n" };
        error.NewLine = "\n";
        var code = CommandLine.Run(args, new CliHost(output, error, false, false, cancel) { Machine = machine });
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>A process whose streams are read by nobody but us.</summary>
    public static Process Start(params string[] args) => Start("dotnet", [Command, .. args]);

    public static CliResult Process(params string[] args) => Wait(Start(args));

    /// <summary>A line of the shell in which "$zfnet" is the command.</summary>
    public static CliResult Shell(string line) => Wait(Start("sh", ["-c", $"zfnet='dotnet {Command}'; {line}"]));

    /// <summary>By the shell's own kill: not every system has a program of that name.</summary>
    public static void Signal(Process process, string signal)
    {
        using var shell = Start("sh", ["-c", $"kill -{signal} {process.Id}"]);
        shell.WaitForExit();
    }

    public static CliResult Wait(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new(process.ExitCode, output, error.Result);
        }
    }

    private sealed class Watched(string text, CancellationTokenSource stop) : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            Look();
        }

        public override void Write(string? value)
        {
            base.Write(value);
            Look();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            Look();
        }

        private void Look()
        {
            if (ToString().Contains(text, StringComparison.Ordinal))
                stop.Cancel();
        }
    }

    private static Process Start(string program, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove(CliExit.TraceVariable);
        return System.Diagnostics.Process.Start(start)!;
    }
}
