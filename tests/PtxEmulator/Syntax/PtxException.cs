namespace ZfNet.PtxEmulator.Syntax;

/// <summary>PTX that cannot be read or run: one sentence with the module's name and the line.</summary>
public sealed class PtxException : Exception
{
    /// <summary>With a default sentence.</summary>
    public PtxException()
        : base("The PTX cannot be read.")
    {
    }

    /// <summary>With a sentence.</summary>
    public PtxException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public PtxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>At a line of a module: "elementwise.ptx:12: there is no instruction "foo"."</summary>
    public PtxException(string module, int line, string what)
        : base($"{module}:{line}: {what}")
    {
        Line = line;
    }

    /// <summary>The line of PTX, from 1; 0 where none is to blame.</summary>
    public int Line { get; }
}
