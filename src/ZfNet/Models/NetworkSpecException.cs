namespace ZfNet;

/// <summary>
/// A network cannot be as described, or has no such layer, or there is no network of that name.
/// <see cref="Exception.Message"/> is one sentence that says which.
/// </summary>
public sealed class NetworkSpecException : InputException
{
    /// <summary>An exception with the sentence given.</summary>
    /// <param name="message">One sentence.</param>
    public NetworkSpecException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with the sentence given and its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="innerException">The cause.</param>
    public NetworkSpecException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An exception without a sentence; for serialisers and tests.</summary>
    public NetworkSpecException()
    {
    }
}
