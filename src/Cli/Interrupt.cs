using System.Runtime.InteropServices;

namespace ZfNet.Cli;

/// <summary>
/// Ctrl-C and its relatives: the first one asks the command to stop at a safe point, the second one ends the process as
/// if nobody had listened.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public Interrupt()
    {
        Listen(PosixSignal.SIGINT, 2);
        Listen(PosixSignal.SIGTERM, 15);
        if (!OperatingSystem.IsWindows())
            Listen(PosixSignal.SIGHUP, 1);
    }

    public CancellationToken Token => source.Token;

    /// <summary>128 and the signal's number, as shells count; that of Ctrl-C when nothing was received.</summary>
    public int ExitCode { get; private set; } = CliExit.Interrupted;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void Listen(PosixSignal signal, int number) =>
        registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            if (source.IsCancellationRequested)
                return;
            ExitCode = 128 + number;
            context.Cancel = true;
            source.Cancel();
        }));
}
