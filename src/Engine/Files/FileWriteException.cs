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

    /// <summary>The sentence for a fault of <paramref name="path"/>.</summary>
    /// <param name="path">The file or folder that could not be written.</param>
    /// <param name="cause">What the system said.</param>
    public static FileWriteException For(string path, Exception cause) =>
        cause as FileWriteException ?? new($"Could not write '{path}': {Reason(path, cause)}.", cause);

    /// <summary>Why, without a full stop.</summary>
    internal static string Reason(string path, Exception cause)
    {
        const int NoSpaceUnix = 28;
        const int NoSpaceWindows = unchecked((int)0x80070070);
        return cause switch
        {
            DirectoryNotFoundException => "its folder does not exist",
            _ when Directory.Exists(path) => "it is a folder",
            UnauthorizedAccessException => "writing there is not permitted",
            _ when cause.HResult is NoSpaceUnix or NoSpaceWindows => "the disk is full",

            // Space that could not be reserved comes without a code of its own, but with the runtime's sentence.
            _ when cause.Message.EndsWith("because the disk was full.", StringComparison.Ordinal) => "the disk is full",
            _ => cause.Message.TrimEnd('.'),
        };
    }
}
