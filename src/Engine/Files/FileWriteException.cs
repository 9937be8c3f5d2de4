namespace ZfNet.Engine;

/// <summary>
/// A file could not be written: the disk is full, the folder absent, writing not permitted. Nothing was changed.
/// <see cref="Exception.Message"/> is one sentence that names the file and the reason.
/// </summary>
public sealed class FileWriteException : IOException
{
    /// <summary>An exception with the sentence given.</summary>
    /// <param name="message">One sentence: the file and the reason.</param>
    public FileWriteException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with the sentence given and its cause.</summary>
    /// <param name="message">One sentence: the file and the reason.</param>
    /// <param name="innerException">The cause.</param>
    public FileWriteException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An exception without a sentence; for serialisers and tests.</summary>
    public FileWriteException()
    {
    }
}
