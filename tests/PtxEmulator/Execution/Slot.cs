using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// Where the 32 lanes of an operand lie in a warp's registers: lane i at Offset + i * LaneBytes. Registers of up to 32
/// bits take 4 bytes a lane, 64-bit ones 8. Of a 16-bit register only the low 16 bits count; writers clear the rest.
/// </summary>
/// <param name="Offset">Bytes from <see cref="Warp.Registers"/>; a multiple of 64.</param>
/// <param name="LaneBytes">4 or 8.</param>
internal readonly record struct Slot(int Offset, int LaneBytes);

/// <summary>
/// What an instruction's decoder asks of the kernel that it is part of. Numbers, special registers that do not change
/// while a thread runs (%tid.x), and addresses of variables have slots of their own, filled before the warp starts, so
/// an
/// operation reads every operand alike.
/// </summary>
internal interface IOperands
{
    /// <summary>
    /// Where to read an operand. A number takes the bits of <paramref name="type"/> (an integer for F32 is an error).
    /// </summary>
    Slot Source(PtxOperand operand, PtxType type);

    /// <summary>Where to write; the sink has a slot too, that nobody reads.</summary>
    Slot Destination(PtxOperand operand, PtxType type);

    /// <summary>How many bits a register was declared with, 16 at least; 32 for what is no register.</summary>
    int RegisterBits(PtxOperand operand);

    /// <summary>A predicate to read: its index in <see cref="Warp.Predicates"/> and whether it was negated.</summary>
    (int Index, bool Negated) SourcePredicate(PtxOperand operand);

    /// <summary>A predicate to write, by index.</summary>
    int DestinationPredicate(PtxOperand operand);
}
