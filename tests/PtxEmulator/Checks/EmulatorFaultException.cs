using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Checks;

/// <summary>Checks found faults since the last wait.</summary>
public sealed class EmulatorFaultException : GpuException
{
    /// <summary>With a default sentence.</summary>
    public EmulatorFaultException()
        : base("The software GPU found a fault.")
    {
    }

    /// <summary>With a sentence.</summary>
    public EmulatorFaultException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public EmulatorFaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Of reports.</summary>
    public EmulatorFaultException(IReadOnlyList<EmulatorReport> reports)
        : base(Describe(reports)) => Reports = reports;

    /// <summary>The faults, in the order in which they were found.</summary>
    public IReadOnlyList<EmulatorReport> Reports { get; } = [];

    private static string Describe(IReadOnlyList<EmulatorReport> reports) => reports.Count switch
    {
        0 => "The software GPU found a fault.",
        1 => reports[0].Sentence,
        _ => $"{reports[0].Sentence} ({reports.Count - 1} more kinds of fault were found.)",
    };
}
