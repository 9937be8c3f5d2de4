using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>
/// Reads an instruction's modifiers in their order and its operands. <see cref="End"/> refuses what nobody took, so no
/// modifier is ever ignored.
/// </summary>
internal sealed class InstructionReader(PtxInstruction instruction, IOperands operands)
{
    private int next;

    /// <summary>The first word.</summary>
    public string Opcode => instruction.Opcode;

    /// <summary>How many operands there are.</summary>
    public int Count => instruction.Operands.Count;

    /// <summary>The type that the last modifier names, or null.</summary>
    public PtxType? LastType => instruction.Modifiers.Count == 0 ? null : PtxTypes.FromName(instruction.Modifiers[^1]);

    /// <summary>Whether a modifier is among those not yet taken.</summary>
    public bool Sees(string modifier) => instruction.Modifiers.Skip(next).Contains(modifier);

    /// <summary>Whether there are modifiers not yet taken.</summary>
    public bool HasMore => next < instruction.Modifiers.Count;

    /// <summary>Takes the next modifier if it is this one.</summary>
    public bool Take(string modifier)
    {
        if (next == instruction.Modifiers.Count || instruction.Modifiers[next] != modifier)
            return false;
        next++;
        return true;
    }

    /// <summary>Takes the next modifier, whatever it is.</summary>
    public string TakeWord() => next < instruction.Modifiers.Count
        ? instruction.Modifiers[next++]
        : throw new UnsupportedInstructionException("a modifier is missing");

    /// <summary>Takes the next modifier, which must be a type.</summary>
    public PtxType TakeType()
    {
        string word = TakeWord();
        return PtxTypes.FromName(word)
            ?? throw new UnsupportedInstructionException($".{word} is not a modifier that it has here");
    }

    /// <summary>Takes rn, rz, rm or rp if one is next.</summary>
    public Rounding? TakeRounding()
    {
        Rounding? rounding = next == instruction.Modifiers.Count ? null : instruction.Modifiers[next] switch
        {
            "rn" => Rounding.Nearest,
            "rz" => Rounding.Zero,
            "rm" => Rounding.Down,
            "rp" => Rounding.Up,
            _ => null,
        };
        if (rounding != null)
            next++;
        return rounding;
    }

    /// <summary>All modifiers must have been taken, and there must be this many operands.</summary>
    public void End(int operandCount)
    {
        if (next < instruction.Modifiers.Count)
            throw new UnsupportedInstructionException(
                $".{instruction.Modifiers[next]} is not a modifier that it has here");
        if (Count != operandCount)
            throw new UnsupportedInstructionException($"it has {Count} operands instead of {operandCount}");
    }

    /// <summary>An operand as written.</summary>
    public PtxOperand Operand(int index) => instruction.Operands[index];

    /// <summary>A constant operand, such as lop3's table.</summary>
    public ulong Constant(int index) => Operand(index) is PtxImmediate { Kind: PtxImmediateKind.Integer } number
        ? number.Bits
        : throw new UnsupportedInstructionException($"operand {index + 1} must be an integer constant");

    /// <summary>Where the first operand is written.</summary>
    public Slot Destination(PtxType type) => Destination(Operand(0), type);

    /// <summary>Where an operand is written.</summary>
    public Slot Destination(PtxOperand operand, PtxType type) => Checked(operands.Destination(operand, type), type);

    /// <summary>Where the operand of an index is read.</summary>
    public Slot Source(int index, PtxType type) => Source(Operand(index), type);

    /// <summary>Where an operand is read.</summary>
    public Slot Source(PtxOperand operand, PtxType type) => Checked(operands.Source(operand, type), type);

    /// <summary>As <see cref="Source(int, PtxType)"/>, from a register that may be wider than the type (cvt).</summary>
    public Slot WideSource(int index, PtxType type) => AtLeast(operands.Source(Operand(index), type), type);

    /// <summary>As <see cref="Destination(PtxType)"/>, to a register that may be wider than the type (cvt).</summary>
    public Slot WideDestination(PtxType type) => AtLeast(operands.Destination(Operand(0), type), type);

    /// <summary>How many bits the destination's register has.</summary>
    public int DestinationBits => operands.RegisterBits(Operand(0));

    /// <summary>The predicate that an operand reads.</summary>
    public (int Index, bool Negated) SourcePredicate(int index) => operands.SourcePredicate(Operand(index));

    /// <summary>The predicate that an operand writes; -1 for the sink.</summary>
    public int DestinationPredicate(PtxOperand operand) =>
        operand is PtxSink ? -1 : operands.DestinationPredicate(operand);

    private static int LaneBytes(PtxType type) => type.Bytes() == 8 ? 8 : 4;

    private static Slot Checked(Slot slot, PtxType type) => slot.LaneBytes == LaneBytes(type)
        ? slot
        : throw new UnsupportedInstructionException(
            $"an operand has {slot.LaneBytes * 8} bits, which .{Name(type)} has not");

    private static Slot AtLeast(Slot slot, PtxType type) =>
        slot.LaneBytes > LaneBytes(type) && !type.IsFloat() ? slot : Checked(slot, type);

    /// <summary>A type's PTX name.</summary>
    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();
}
