namespace ZfNet;

/// <summary>What the user gave is wrong (a file, a folder, a name, a number). <see cref="Exception.Message"/> is one
/// sentence that names it; the command prints that sentence and exits with 2.</summary>
public class InputException : Exception
{
    /// <summary>An input error without a sentence of its own.</summary>
    public InputException() : base("The input is not usable.") { }

    /// <summary>An input error with its sentence.</summary>
    /// <param name="message">One sentence that names the bad input.</param>
    public InputException(string message) : base(message) { }

    /// <summary>An input error with its sentence and its cause.</summary>
    /// <param name="message">One sentence that names the bad input.</param>
    /// <param name="innerException">What failed underneath.</param>
    public InputException(string message, Exception? innerException) : base(message, innerException) { }
}
