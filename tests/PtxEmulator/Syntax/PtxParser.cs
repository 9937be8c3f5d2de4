namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads PTX as nvcc writes it.</summary>
public static class PtxParser
{
    /// <summary>
    /// The module that a text describes. Opcodes and types are not judged here, but names are: every register,
    /// variable, function and label that is used is declared.
    /// </summary>
    /// <param name="name">What messages call the module: usually the file's name.</param>
    /// <param name="text">PTX, ISA 6.0 to 8.x.</param>
    /// <exception cref="PtxException">The text is not such PTX: the first fault, with its line.</exception>
    public static PtxModule Parse(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        return new PtxModuleParser(name, text).Read();
    }
}
