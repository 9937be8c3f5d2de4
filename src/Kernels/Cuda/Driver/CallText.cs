using System.Globalization;
using System.Runtime.CompilerServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The text of a call for a sentence; it is written only where the call failed, so a good call allocates nothing.
/// </summary>
[InterpolatedStringHandler]
internal ref struct CallText
{
    private DefaultInterpolatedStringHandler text;

    /// <summary>Decides by the status whether text is needed.</summary>
    public CallText(int literalLength, int formattedCount, CudaStatus status, out bool failed)
    {
        failed = status != CudaStatus.Success;
        text = failed ? new(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    /// <summary>Decides by the status whether text is needed.</summary>
    public CallText(int literalLength, int formattedCount, CublasStatus status, out bool failed)
    {
        failed = status != CublasStatus.Success;
        text = failed ? new(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    /// <summary>Writes words.</summary>
    public void AppendLiteral(string words) => text.AppendLiteral(words);

    /// <summary>Writes a value.</summary>
    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    /// <summary>What was written.</summary>
    public string Text() => text.ToStringAndClear();
}
