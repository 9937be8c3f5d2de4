using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Decodes branches, calls, barriers, fences and what does nothing here.</summary>
internal static class ControlDecoder
{
    /// <summary>The operation of an instruction, or null where it is none of these.</summary>
    public static Operation? TryDecode(PtxInstruction instruction, FunctionDecoder function)
    {
        switch (instruction.Opcode)
        {
            case "bra":
                Modifiers(instruction, "uni");
                return new BranchOperation(function.Label(Symbol(instruction, 0)));
            case "brx":
                Modifiers(instruction, "idx", "uni");
                return new BranchTableOperation(
                    function.Operands.Source(instruction.Operands[0], PtxType.U32),
                        function.Table(Symbol(instruction, 1)));
            case "ret" or "exit":
                Modifiers(instruction, "uni");
                return new ReturnOperation(instruction.Opcode == "exit");
            case "trap" or "brkpt":
                return new TrapOperation();
            case "call":
                Modifiers(instruction, "uni");
                return Call(instruction, function);
            case "bar" or "barrier":
                return Barrier(instruction, function.Operands);
            case "membar" or "fence":
                return new FenceOperation();
            case "nanosleep" or "pmevent":
                return new NoOperation();
            case "mov" when instruction.Operands is [var destination, PtxRegister register]
                && SpecialRegisters.Changes(register.Name):
                var type = register.Name is "%clock64" or "%globaltimer" ? PtxType.U64 : PtxType.U32;
                return new ReadClockOperation(function.Operands.Destination(destination, type), register.Name);
            default:
                return null;
        }
    }

    private static CallOperation Call(PtxInstruction instruction, FunctionDecoder function)
    {
        var operands = instruction.Operands;
        var at = operands.Count > 0 && operands[0] is PtxArguments ? 1 : 0;
        IReadOnlyList<PtxOperand> returns = at == 1 ? ((PtxArguments)operands[0]).Elements : [];
        if (operands.Count <= at || operands[at] is not PtxSymbol symbol
            || function.Callee(symbol.Name) is not { } callee)
            throw new UnsupportedInstructionException("it calls no function that is defined here");
        IReadOnlyList<PtxOperand> arguments = operands.Count > at + 1 && operands[at + 1] is PtxArguments list
            ? list.Elements : [];
        return new(
            callee,
            Copies(arguments, callee.Function.Parameters, callee, function),
            Copies(returns, callee.Function.Returns, callee, function));
    }

    private static ParameterCopy[] Copies(
        IReadOnlyList<PtxOperand> given, IReadOnlyList<PtxVariable> declared, FrameLayout callee,
            FunctionDecoder function)
    {
        if (given.Count != declared.Count)
        {
            throw new UnsupportedInstructionException(
                $"\"{callee.Function.Name}\" has {declared.Count} parameters or results, not {given.Count}");
        }
        var copies = new ParameterCopy[given.Count];
        for (var i = 0; i < copies.Length; i++)
        {
            if (given[i] is not PtxSymbol symbol || function.Operands.Place(symbol) is not { InFrame: true } place)
                throw new UnsupportedInstructionException("arguments and results of a call must be .param variables");
            if (place.Bytes != declared[i].Bytes)
            {
                throw new UnsupportedInstructionException(
                    $"\"{symbol.Name}\" has {place.Bytes} bytes where \"{callee.Function.Name}\" has {declared[i].Bytes}");
            }
            copies[i] = new((int)place.Address, callee.LocalOffsets[declared[i].Name], (int)place.Bytes);
        }
        return copies;
    }

    private static Operation Barrier(PtxInstruction instruction, FunctionOperands operands)
    {
        var words = instruction.Modifiers.Where(word => word is not ("cta" or "aligned")).ToArray();
        var aligned = instruction.Opcode == "bar" || instruction.Has("aligned");
        var given = instruction.Operands;
        switch (words)
        {
            case ["warp", "sync"]:
                Count(given.Count == 1);
                return new WarpSyncOperation(operands.Source(given[0], PtxType.B32));
            case ["sync"]:
                Count(given.Count is 1 or 2);
                return new BarrierOperation
                {
                    Id = operands.Source(given[0], PtxType.U32),
                    Threads = given.Count == 2 ? operands.Source(given[1], PtxType.U32) : null,
                    Aligned = aligned,
                    IsPlain = aligned && given is [PtxImmediate { Bits: 0 }],
                };
            case ["arrive"]:
                Count(given.Count == 2);
                return new BarrierArriveOperation(
                    operands.Source(given[0], PtxType.U32), operands.Source(given[1], PtxType.U32));
            case ["red", "popc", "u32"]:
                return Reduction(BarrierReduction.Population);
            case ["red", "and", "pred"]:
                return Reduction(BarrierReduction.And);
            case ["red", "or", "pred"]:
                return Reduction(BarrierReduction.Or);
            default:
                throw new UnsupportedInstructionException("its modifiers are not understood");
        }

        BarrierOperation Reduction(BarrierReduction reduction)
        {
            Count(given.Count is 3 or 4);
            var counts = reduction == BarrierReduction.Population;
            return new()
            {
                Id = operands.Source(given[1], PtxType.U32),
                Threads = given.Count == 4 ? operands.Source(given[2], PtxType.U32) : null,
                Aligned = aligned,
                IsPlain = false,
                Reduction = reduction,
                Source = operands.SourcePredicate(given[^1]),
                Destination = counts ? operands.Destination(given[0], PtxType.U32) : default,
                DestinationPredicate = counts ? 0 : operands.DestinationPredicate(given[0]),
            };
        }

        static void Count(bool right)
        {
            if (!right)
                throw new UnsupportedInstructionException("it has another number of operands than it should");
        }
    }

    private static string Symbol(PtxInstruction instruction, int index) =>
        index < instruction.Operands.Count && instruction.Operands[index] is PtxSymbol symbol
            ? symbol.Name
            : throw new UnsupportedInstructionException("it names no label");

    private static void Modifiers(PtxInstruction instruction, params ReadOnlySpan<string> known)
    {
        foreach (var word in instruction.Modifiers)
        {
            if (!known.Contains(word))
                throw new UnsupportedInstructionException($".{word} is not a modifier that it has here");
        }
    }
}
