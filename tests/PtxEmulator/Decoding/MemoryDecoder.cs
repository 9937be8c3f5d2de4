using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Decodes loads, stores, atomics and what is done with addresses.</summary>
internal static class MemoryDecoder
{
    /// <summary>The operation of an instruction, or null where it is none of these.</summary>
    public static Operation? TryDecode(PtxInstruction instruction, FunctionOperands operands) =>
        instruction.Opcode switch
    {
        "ld" or "ldu" => Load(instruction, operands),
        "st" => Store(instruction, operands),
        "atom" => Atomic(instruction, operands, hasResult: true),
        "red" => Atomic(instruction, operands, hasResult: false),
        "cvta" => ConvertAddress(instruction, operands),
        "isspacep" => IsSpace(instruction, operands),
        "prefetch" or "prefetchu" => new NoOperation(),
        _ => null,
    };

    private static Operation Load(PtxInstruction instruction, FunctionOperands operands)
    {
        var modifiers = MemoryModifiers.Read(instruction);
        modifiers.End();
        Expect(instruction, 2);
        var elements = Elements(instruction.Operands[0], modifiers.Vector);
        var size = modifiers.Type.Bytes();
        var width = elements.Max(operands.RegisterBits);
        if (elements.Any(element => element is PtxRegister && operands.RegisterBits(element) < size * 8))
            throw new UnsupportedInstructionException($"its register is narrower than .{Name(modifiers.Type)}");
        Slot[] slots = [.. elements.Select(element => element is PtxSink
            ? operands.Sink(width == 64 ? 8 : 4)
            : operands.Destination(element, modifiers.Type))];
        var widening = new Widening(size, modifiers.Type.IsSigned(), width);
        if (ByName(instruction.Operands[1], operands, modifiers, out var place))
        {
            return place.InFrame
                ? new FrameOperation(slots, widening, (int)place.Address, isStore: false)
                : new ParameterLoadOperation(slots, widening, (int)place.Address);
        }
        return new LoadOperation(slots, widening)
        {
            Address = Address(instruction.Operands[1], operands, ref modifiers),
            Space = modifiers.MemorySpace,
            Bytes = size * modifiers.Vector,
            IsStrong = modifiers.IsOrdered,
        };
    }

    private static Operation Store(PtxInstruction instruction, FunctionOperands operands)
    {
        var modifiers = MemoryModifiers.Read(instruction);
        modifiers.End();
        Expect(instruction, 2);
        var size = modifiers.Type.Bytes();
        var elements = Elements(instruction.Operands[1], modifiers.Vector);
        if (elements.Any(element => element is PtxRegister && operands.RegisterBits(element) < size * 8))
            throw new UnsupportedInstructionException($"its register is narrower than .{Name(modifiers.Type)}");
        Slot[] slots = [.. elements.Select(element => operands.Source(element, modifiers.Type))];
        if (ByName(instruction.Operands[0], operands, modifiers, out var place))
        {
            return place.InFrame
                ? new FrameOperation(slots, new(size, false, 64), (int)place.Address, isStore: true)
                : throw new UnsupportedInstructionException("a kernel cannot write its parameters");
        }
        return new StoreOperation(slots, size)
        {
            Address = Address(instruction.Operands[0], operands, ref modifiers),
            Space = modifiers.MemorySpace,
            Bytes = size * modifiers.Vector,
            IsStrong = modifiers.IsOrdered,
        };
    }

    private static AtomicOperation Atomic(PtxInstruction instruction, FunctionOperands operands, bool hasResult)
    {
        var modifiers = MemoryModifiers.Read(instruction);
        if (modifiers.Vector != 1 || modifiers.Rest.Count != 1)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        if (!Enum.TryParse<AtomicFunction>(modifiers.Rest[0], ignoreCase: true, out var function)
            || char.IsUpper(modifiers.Rest[0][0]) || char.IsDigit(modifiers.Rest[0][0]))
        {
            throw new UnsupportedInstructionException($".{modifiers.Rest[0]} is not an atomic operation");
        }
        var first = hasResult ? 1 : 0;
        Expect(instruction, first + (function == AtomicFunction.Cas ? 3 : 2));
        var type = modifiers.Type;
        if (!IsPossible(function, type))
            throw new UnsupportedInstructionException($".{modifiers.Rest[0]} has no type .{Name(type)}");
        Slot? destination = hasResult && instruction.Operands[0] is not PtxSink
            ? operands.Destination(instruction.Operands[0], type)
            : null;
        var b = operands.Source(instruction.Operands[first + 1], type);
        var c = function == AtomicFunction.Cas ? operands.Source(instruction.Operands[first + 2], type) : b;
        return new AtomicOperation(function, type, destination, b, c)
        {
            Address = Address(instruction.Operands[first], operands, ref modifiers),
            Space = modifiers.MemorySpace,
            Bytes = type.Bytes(),
        };
    }

    private static bool IsPossible(AtomicFunction function, PtxType type) => function switch
    {
        AtomicFunction.Add =>
            type is PtxType.U32 or PtxType.S32 or PtxType.U64 or PtxType.S64 or PtxType.F32 or PtxType.F64
            or PtxType.F16 or PtxType.F16x2 or PtxType.BF16 or PtxType.BF16x2,
        AtomicFunction.Min or AtomicFunction.Max => type is PtxType.U32 or PtxType.S32 or PtxType.U64 or PtxType.S64,
        AtomicFunction.Inc or AtomicFunction.Dec => type is PtxType.U32,
        AtomicFunction.And or AtomicFunction.Or or AtomicFunction.Xor or AtomicFunction.Exch =>
            type is PtxType.B32 or PtxType.B64,
        _ => type is PtxType.B16 or PtxType.B32 or PtxType.B64,
    };

    private static ConvertAddressOperation ConvertAddress(PtxInstruction instruction, FunctionOperands operands)
    {
        Expect(instruction, 2);
        var to = instruction.Has("to");
        PtxSpace? space = null;
        foreach (var word in instruction.Modifiers)
        {
            if (MemoryModifiers.FindSpace(word) is { } found)
                space = found;
            else if (word is not ("to" or "u64"))
                throw new UnsupportedInstructionException($".{word} is not a modifier that it has here");
        }
        var window = space switch
        {
            null => throw new UnsupportedInstructionException("it names no space"),
            PtxSpace.Shared => AddressSpace.SharedWindow,
            PtxSpace.Local => AddressSpace.LocalWindow,
            _ => 0UL,
        };
        return new(
            operands.Destination(instruction.Operands[0], PtxType.U64),
                operands.Source(instruction.Operands[1], PtxType.U64),
            to ? 0 - window : window);
    }

    private static IsSpaceOperation IsSpace(PtxInstruction instruction, FunctionOperands operands)
    {
        Expect(instruction, 2);
        if (instruction.Modifiers.Count != 1 || MemoryModifiers.FindSpace(instruction.Modifiers[0]) is not { } space)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        return new(
            operands.DestinationPredicate(instruction.Operands[0]),
                operands.Source(instruction.Operands[1], PtxType.U64), space);
    }

    /// <summary>Whether the address is a name in the frame or of a kernel's parameter, with a fixed offset.</summary>
    private static bool ByName(
        PtxOperand operand, FunctionOperands operands, MemoryModifiers modifiers, out SymbolPlace place)
    {
        place = default;
        if (operand is not PtxAddress { Base: PtxSymbol symbol } address)
            return false;
        place = operands.Place(symbol with { Offset = symbol.Offset + address.Offset });
        if (!place.InFrame && place.Space != PtxSpace.Param)
            return false;
        var bytes = modifiers.Type.Bytes() * modifiers.Vector;
        if (place.Bytes < bytes || (long)place.Address < 0)
            throw new UnsupportedInstructionException(
                $"{bytes} bytes at offset {symbol.Offset + address.Offset} are not inside \"{symbol.Name}\"");
        if (place.Address % (ulong)bytes != 0)
            throw new UnsupportedInstructionException(
                $"offset {symbol.Offset + address.Offset} of \"{symbol.Name}\" is not a multiple of {bytes}");
        return true;
    }

    /// <summary>An address in a space that the instruction names.</summary>
    public static AddressOperand Address(PtxOperand operand, FunctionOperands operands, PtxSpace space)
    {
        var modifiers = new MemoryModifiers(space, PtxType.B32, 1, false, false, []);
        return Address(operand, operands, ref modifiers);
    }

    /// <summary>The address; a name tells its space where the instruction does not.</summary>
    private static AddressOperand Address(PtxOperand operand, FunctionOperands operands, ref MemoryModifiers modifiers)
    {
        if (operand is not PtxAddress address)
            throw new UnsupportedInstructionException("it has no address in brackets");
        switch (address.Base)
        {
            case PtxSymbol symbol:
                var place = operands.Place(symbol with { Offset = symbol.Offset + address.Offset });
                if (modifiers.Space is { } space && space != place.Space && !(IsDevice(space) && IsDevice(place.Space)))
                    throw new UnsupportedInstructionException($"\"{symbol.Name}\" is not in .{Name(space)} memory");
                modifiers = modifiers with { Space = place.Space };
                return new(operands.Constant(place.Address, 8), 0);
            case PtxImmediate number:
                return new(operands.Constant(number.Bits, 8), address.Offset);
            default:
                var wide = modifiers.Space is PtxSpace.Shared or PtxSpace.Local
                    && operands.RegisterBits(address.Base) == 32;
                var slot = operands.Source(address.Base, wide ? PtxType.U32 : PtxType.U64);
                if (slot.LaneBytes == 4 && !wide)
                    throw new UnsupportedInstructionException("its address needs a register of 64 bits");
                return new(slot, address.Offset);
        }
    }

    private static bool IsDevice(PtxSpace space) => space is PtxSpace.Global or PtxSpace.Const;

    private static IReadOnlyList<PtxOperand> Elements(PtxOperand operand, int count)
    {
        IReadOnlyList<PtxOperand> elements = operand is PtxVector vector ? vector.Elements : [operand];
        return elements.Count == count
            ? elements
            : throw new UnsupportedInstructionException($"it has {elements.Count} registers instead of {count}");
    }

    private static void Expect(PtxInstruction instruction, int operands)
    {
        // One more is a cache policy, which changes nothing here.
        var has = instruction.Operands.Count - (instruction.Has("L2::cache_hint") ? 1 : 0);
        if (has != operands)
            throw new UnsupportedInstructionException($"it has {has} operands instead of {operands}");
    }

    private static string Name(Enum value) => value.ToString().ToLowerInvariant();
}
