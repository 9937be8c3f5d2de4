using ZfNet.PtxEmulator.Arithmetic;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Decodes the instructions of one function of a kernel.</summary>
internal sealed class FunctionDecoder(
    string module, string kernel, FrameLayout frame, FunctionOperands operands, Func<string, FrameLayout?> callee)
{
    /// <summary>Places of operands.</summary>
    public FunctionOperands Operands => operands;

    /// <summary>The function that a call names, or null.</summary>
    public FrameLayout? Callee(string name) => callee(name);

    /// <summary>The instruction of a label, in the kernel.</summary>
    public int Label(string name) => frame.Function.Labels.TryGetValue(name, out var index)
        ? frame.FirstPc + index
        : throw new UnsupportedInstructionException($"there is no label \"{name}\"");

    /// <summary>The instructions of a table of labels.</summary>
    public int[] Table(string name) =>
        frame.Function.BranchTargets.TryGetValue(name, out var labels) && labels.Count > 0
        ? [.. labels.Select(Label)]
        : throw new UnsupportedInstructionException($"there is no table of labels \"{name}\"");

    /// <summary>Decodes an instruction.</summary>
    /// <exception cref="PtxException">It is not known; the sentence names it, its line and the kernel.</exception>
    public Step Decode(PtxInstruction instruction)
    {
        try
        {
            var operation = ControlDecoder.TryDecode(instruction, this)
                ?? MemoryDecoder.TryDecode(instruction, operands)
                ?? TileDecoder.TryDecode(instruction, operands)
                ?? LaneDecoder.TryDecode(instruction, operands)
                ?? ArithmeticDecoder.TryDecode(instruction, operands)
                ?? throw new UnsupportedInstructionException("the software GPU has no such instruction");
            var guard = instruction.Guard is { } written ? operands.Guard(written.Register) : -1;
            return new(operation, guard, instruction.Guard is { Negated: true } ? uint.MaxValue : 0);
        }
        catch (UnsupportedInstructionException why)
        {
            throw new PtxException(
                module, instruction.Line, $"\"{instruction.Text}\" of kernel {kernel} cannot be run: {why.Message}.");
        }
    }
}
