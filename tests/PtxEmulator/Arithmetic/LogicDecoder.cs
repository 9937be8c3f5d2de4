using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes and, or, xor, not, cnot, lop3, shl, shr, on bits and on predicates.</summary>
internal static class LogicDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader) => reader.Opcode switch
    {
        "lop3" => Lookup(reader),
        "shl" or "shr" => Shift(reader),
        "cnot" => LogicalNot(reader),
        _ when reader.LastType == PtxType.Pred => Predicate(reader),
        "not" => Not(reader),
        _ => Binary(reader),
    };

    private static PtxType TakeBits(InstructionReader reader, int operandCount)
    {
        var type = reader.TakeType();
        reader.End(operandCount);
        return type is PtxType.B16 or PtxType.B32 or PtxType.B64
            ? type
            : throw new UnsupportedInstructionException("it goes with .b16, .b32 and .b64");
    }

    private static Operation Binary(InstructionReader reader)
    {
        var type = TakeBits(reader, 3);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        bool wide = type == PtxType.B64;
        return reader.Opcode switch
        {
            "and" when wide => new Vector2<ulong, And<ulong>>(d, a, b, default),
            "and" => new Vector2<uint, And<uint>>(d, a, b, default),
            "or" when wide => new Vector2<ulong, Or<ulong>>(d, a, b, default),
            "or" => new Vector2<uint, Or<uint>>(d, a, b, default),
            _ when wide => new Vector2<ulong, Xor<ulong>>(d, a, b, default),
            _ => new Vector2<uint, Xor<uint>>(d, a, b, default),
        };
    }

    private static Operation Not(InstructionReader reader)
    {
        var type = TakeBits(reader, 2);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return type == PtxType.B64
            ? new Vector1<ulong, Not<ulong>>(d, a, new(ulong.MaxValue))
            : new Vector1<uint, Not<uint>>(d, a, new(type == PtxType.B16 ? ushort.MaxValue : uint.MaxValue));
    }

    private static Operation LogicalNot(InstructionReader reader)
    {
        var type = TakeBits(reader, 2);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return type switch
        {
            PtxType.B16 => new Scalar1<ushort, ushort, LogicalNot<ushort>>(d, a, default),
            PtxType.B32 => new Scalar1<uint, uint, LogicalNot<uint>>(d, a, default),
            _ => new Scalar1<ulong, ulong, LogicalNot<ulong>>(d, a, default),
        };
    }

    private static Operation Lookup(InstructionReader reader)
    {
        var logic = reader.Take("and") ? BitLogic.And : reader.Take("or") ? BitLogic.Or : BitLogic.First;
        bool tests = logic != BitLogic.First;
        var type = TakeBits(reader, tests ? 6 : 5);
        if (type != PtxType.B32)
            throw new UnsupportedInstructionException("it goes with .b32");
        ulong table = reader.Constant(4);
        if (table > 255)
            throw new UnsupportedInstructionException("its table has 8 bits");
        var both = reader.Operand(0) as PtxPair;
        if (tests != (both != null))
            throw new UnsupportedInstructionException("a predicate goes with .and and .or");
        var d = reader.Destination(both?.First ?? reader.Operand(0), type);
        var lookup = new Vector3<uint, Lookup3>(
            d, reader.Source(1, type), reader.Source(2, type), reader.Source(3, type), new((byte)table));
        return both == null
            ? lookup
            : new TestResult(lookup, d, reader.DestinationPredicate(both.Second), logic, reader.SourcePredicate(5));
    }

    private static Operation Shift(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(3);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, PtxType.U32);
        return (reader.Opcode, type) switch
        {
            ("shl", PtxType.B32) => new Vector2<uint, ShiftLeft32>(d, a, b, default),
            ("shl", PtxType.B16) => new Scalar2<ushort, uint, ushort, ShiftLeft<ushort>>(d, a, b, default),
            ("shl", PtxType.B64) => new Shift64(d, a, b, ShiftKind.Left),
            ("shr", PtxType.B32 or PtxType.U32) => new Vector2<uint, ShiftRight32>(d, a, b, default),
            ("shr", PtxType.S32) => new Vector2<uint, ShiftRightSigned32>(d, a, b, default),
            ("shr", PtxType.B16 or PtxType.U16) =>
                new Scalar2<ushort, uint, ushort, ShiftRight<ushort>>(d, a, b, default),
            ("shr", PtxType.S16) => new Scalar2<short, uint, short, ShiftRight<short>>(d, a, b, default),
            ("shr", PtxType.B64 or PtxType.U64) => new Shift64(d, a, b, ShiftKind.Right),
            ("shr", PtxType.S64) => new Shift64(d, a, b, ShiftKind.RightSigned),
            _ => throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}"),
        };
    }

    private static PredicateLogic Predicate(InstructionReader reader)
    {
        reader.TakeType();
        bool not = reader.Opcode == "not";
        reader.End(not ? 2 : 3);
        var a = reader.SourcePredicate(1);
        return new(
            reader.DestinationPredicate(reader.Operand(0)), a, not ? a : reader.SourcePredicate(2),
            PredicateLogic.FromName(reader.Opcode) ?? throw new UnsupportedInstructionException("it has no .pred"));
    }
}
