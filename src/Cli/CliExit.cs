using ZfNet.Engine;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Cli;

/// <summary>The one place where what went wrong becomes an exit code and a sentence.</summary>
internal static class CliExit
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Anything that is neither the user's doing nor an interrupt.</summary>
    public const int Failed = 1;

    /// <summary>What the user gave is wrong, cannot be read or written, or does not fit the GPU asked for.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Set to 1, it adds the stack trace to a failure's sentence.</summary>
    public const string TraceVariable = "ZFNET_TRACE";

    /// <summary>The exit code and the sentence of an exception.</summary>
    public static (int Code, string Sentence) Of(Exception fault) => fault switch
    {
        OperationCanceledException => (Interrupted, "Interrupted."),
        AggregateException { InnerExceptions: [var first, ..] } => Of(first),
        InputException or WeightsFileException or FileWriteException => (BadInput, fault.Message),
        ArgumentNullException or ObjectDisposedException => (Failed, Unexpected(fault)),
        ArgumentException argument => (BadInput, WithoutParameter(argument)),
        IOException { HResult: 28 or unchecked((int)0x80070070) } => (BadInput, "Could not write: the disk is full."),
        UnauthorizedAccessException or IOException => (BadInput, fault.Message),
        GpuException or InsufficientMemoryException { InnerException: GpuException } => (BadInput, fault.Message),
        OutOfMemoryException => (Failed, fault.Message),
        Training.TrainingDivergedException => (Failed, fault.Message),
        _ => (Failed, Unexpected(fault)),
    };

    /// <summary>One line: what a message may quote (a file name, a damaged header) cannot break it.</summary>
    public static string OneLine(string sentence)
    {
        var line = string.Concat(sentence.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length == 0 || line[^1] is '.' or '!' or '?' ? line : line + ".";
    }

    private static string WithoutParameter(ArgumentException fault)
    {
        var suffix = $" (Parameter '{fault.ParamName}')";
        var at = fault.ParamName is null ? -1 : fault.Message.IndexOf(suffix, StringComparison.Ordinal);
        return at < 0 ? fault.Message : fault.Message[..at];
    }

    private static string Unexpected(Exception fault) =>
        $"Something went wrong inside zfnet ({fault.GetType().Name}: {fault.Message.TrimEnd('.')}); {TraceVariable}=1 shows where.";
}
