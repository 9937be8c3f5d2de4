namespace ZfNet.Engine;

/// <summary>
/// A weights file cannot be read: absent, truncated, hostile, or not of the form asked for.
/// <see cref="Exception.Message"/> is one sentence that names the file and what is wrong with it.
/// </summary>
public sealed class WeightsFileException : IOException
{
    /// <summary>An exception with the sentence given.</summary>
    /// <param name="message">One sentence: the file and what is wrong.</param>
    public WeightsFileException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with the sentence given and its cause.</summary>
    /// <param name="message">One sentence: the file and what is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public WeightsFileException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An exception without a sentence; for serialisers and tests.</summary>
    public WeightsFileException()
    {
    }

    /// <summary>The sentence for a fault of <paramref name="path"/>.</summary>
    internal static WeightsFileException For(string path, string what, Exception? inner = null) =>
        new($"Weights file '{path}': {what}", inner);
}
