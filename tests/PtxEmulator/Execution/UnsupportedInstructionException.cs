namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// A known instruction with a modifier, type or operand that the software GPU does not run. It says why; whoever
/// decodes adds module, line and kernel.
/// </summary>
internal sealed class UnsupportedInstructionException(string reason) : Exception(reason);
