using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Decodes what lanes of a warp do together: shuffles, votes, matches, reductions.</summary>
internal static class LaneDecoder
{
    /// <summary>The operation of an instruction, or null where it is none of these.</summary>
    public static Operation? TryDecode(PtxInstruction instruction, FunctionOperands operands) =>
        instruction.Opcode switch
    {
        "shfl" => Shuffle(instruction, operands),
        "vote" => Vote(instruction, operands),
        "match" => Match(instruction, operands),
        "redux" => Reduce(instruction, operands),
        "activemask" when instruction.Modifiers is ["b32"] =>
            new ActiveMaskOperation(operands.Destination(instruction.Operands[0], PtxType.B32)),
        "elect" => Elect(instruction, operands),
        _ => null,
    };

    private static ShuffleOperation Shuffle(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Modifiers is not ["sync", "up" or "down" or "bfly" or "idx", "b32"]
            || instruction.Operands.Count != 5)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        var (destination, predicate) = Pair(instruction.Operands[0]);
        return new(
            Enum.Parse<ShuffleMode>(instruction.Modifiers[1], ignoreCase: true),
            operands.Destination(destination, PtxType.B32),
            predicate is null ? -1 : operands.DestinationPredicate(predicate),
            operands.Source(instruction.Operands[1], PtxType.B32),
            operands.Source(instruction.Operands[2], PtxType.B32),
            operands.Source(instruction.Operands[3], PtxType.B32),
            operands.Source(instruction.Operands[4], PtxType.B32));
    }

    private static VoteOperation Vote(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Operands.Count != 3)
            throw new UnsupportedInstructionException("it has another number of operands than it should");
        var mode = instruction.Modifiers switch
        {
            ["sync", "all", "pred"] => VoteMode.All,
            ["sync", "any", "pred"] => VoteMode.Any,
            ["sync", "uni", "pred"] => VoteMode.Uni,
            ["sync", "ballot", "b32"] => VoteMode.Ballot,
            _ => throw new UnsupportedInstructionException("its modifiers are not understood"),
        };
        var isBallot = mode == VoteMode.Ballot;
        return new(
            mode,
            isBallot ? operands.Destination(instruction.Operands[0], PtxType.B32) : default,
            isBallot ? -1 : operands.DestinationPredicate(instruction.Operands[0]),
            operands.SourcePredicate(instruction.Operands[1]),
            operands.Source(instruction.Operands[2], PtxType.B32));
    }

    private static MatchOperation Match(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Modifiers is not ["any" or "all", "sync", "b32" or "b64"] || instruction.Operands.Count != 3)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        var (destination, predicate) = Pair(instruction.Operands[0]);
        return new(
            instruction.Modifiers[0] == "all",
            operands.Destination(destination, PtxType.B32),
            predicate is null ? -1 : operands.DestinationPredicate(predicate),
            operands.Source(instruction.Operands[1], instruction.Modifiers[2] == "b64" ? PtxType.B64 : PtxType.B32),
            operands.Source(instruction.Operands[2], PtxType.B32));
    }

    private static ReduceOperation Reduce(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Modifiers is not ["sync", "add" or "min" or "max" or "and" or "or" or "xor",
            "u32" or "s32" or "b32"]
            || instruction.Operands.Count != 3)
        {
            throw new UnsupportedInstructionException("its modifiers are not understood");
        }
        return new(
            Enum.Parse<ReduceFunction>(instruction.Modifiers[1], ignoreCase: true),
            instruction.Modifiers[2] == "s32",
            operands.Destination(instruction.Operands[0], PtxType.B32),
            operands.Source(instruction.Operands[1], PtxType.B32),
            operands.Source(instruction.Operands[2], PtxType.B32));
    }

    private static ElectOperation Elect(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Modifiers is not ["sync"] || instruction.Operands.Count != 2)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        var (destination, predicate) = Pair(instruction.Operands[0]);
        return new(
            operands.Destination(destination, PtxType.B32),
            predicate is null ? -1 : operands.DestinationPredicate(predicate),
            operands.Source(instruction.Operands[1], PtxType.B32));
    }

    private static (PtxOperand First, PtxOperand? Second) Pair(PtxOperand operand) =>
        operand is PtxPair pair ? (pair.First, pair.Second) : (operand, null);
}
