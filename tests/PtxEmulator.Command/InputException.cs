namespace ZfNet.PtxEmulator.Command;

/// <summary>What the user gave is wrong; the message is a sentence.</summary>
internal sealed class InputException(string message) : Exception(message);
