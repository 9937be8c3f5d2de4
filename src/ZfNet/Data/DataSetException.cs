namespace ZfNet.Data;

/// <summary>A folder of pictures cannot be used as a data set. The message is one sentence that names it.</summary>
public sealed class DataSetException : InputException
{
    /// <summary>A fault with its sentence.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="inner">The cause underneath, if any.</param>
    public DataSetException(string message, Exception? inner = null) : base(message, inner) { }
}
