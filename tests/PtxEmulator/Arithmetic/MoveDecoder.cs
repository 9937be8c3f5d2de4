using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes mov, selp and slct.</summary>
internal static class MoveDecoder
{
    /// <summary>mov: of a register, a number, an address or a predicate; to or from narrower ones in braces.</summary>
    public static Operation DecodeMove(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(2);
        if (type == PtxType.Pred)
        {
            var source = reader.SourcePredicate(1);
            return new PredicateLogic(
                reader.DestinationPredicate(reader.Operand(0)), source, source, BitLogic.First);
        }
        if (type is PtxType.B8 or PtxType.U8 or PtxType.S8 or PtxType.TF32)
            throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}");
        if (reader.Operand(1) is PtxVector from)
            return new Pack(reader.Destination(type), Elements(reader, from, type, reader.Source));
        if (reader.Operand(0) is PtxVector to)
            return new Unpack(Elements(reader, to, type, reader.Destination), reader.Source(1, type));
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return d.LaneBytes == 8 ? new Move<ulong>(d, a) : new Move<uint>(d, a);
    }

    /// <summary>selp: a where the predicate holds, else b.</summary>
    public static Operation DecodeSelect(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(4);
        if (type.Bytes() == 1 || type is PtxType.F16x2 or PtxType.BF16x2 or PtxType.TF32)
            throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}");
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var c = reader.SourcePredicate(3);
        return d.LaneBytes == 8 ? new Select<ulong>(d, a, b, c) : new Select<uint>(d, a, b, c);
    }

    /// <summary>slct: a where c is 0 or over it, else b; NaN counts as under 0.</summary>
    public static Operation DecodeSignSelect(InstructionReader reader)
    {
        bool flush = reader.Take("ftz");
        var type = reader.TakeType();
        var sign = reader.TakeType();
        reader.End(4);
        if (type.Bytes() == 1 || sign is not (PtxType.S32 or PtxType.F32) || (flush && sign != PtxType.F32))
            throw new UnsupportedInstructionException("it has no such types");
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var c = reader.Source(3, sign);
        bool isFloat = sign == PtxType.F32;
        return d.LaneBytes == 8
            ? new SignSelect<ulong>(d, a, b, c, isFloat, flush)
            : new SignSelect<uint>(d, a, b, c, isFloat, flush);
    }

    private static Slot[] Elements(
        InstructionReader reader, PtxVector vector, PtxType type, Func<PtxOperand, PtxType, Slot> slot)
    {
        int count = vector.Elements.Count;
        int bits = count == 0 ? 0 : type.Bytes() * 8 / count;
        PtxType? element = (count, bits) switch
        {
            (2 or 4, 16) => PtxType.B16,
            (2, 32) => PtxType.B32,
            _ => null,
        };
        if (element is not { } narrow || type is not (PtxType.B32 or PtxType.B64))
            throw new UnsupportedInstructionException(
                $"a vector of {count} does not make up .{type.ToString().ToLowerInvariant()}");
        return [.. vector.Elements.Select(operand => slot(operand, narrow))];
    }
}
