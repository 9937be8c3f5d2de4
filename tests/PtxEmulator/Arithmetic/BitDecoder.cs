using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes popc, clz, bfind, brev, bfe, bfi, bmsk, szext, fns, shf, prmt, dp4a and dp2a.</summary>
internal static class BitDecoder
{
    /// <summary>The instruction's operation, or null where the opcode is none of these.</summary>
    public static Operation? TryDecode(InstructionReader reader) => reader.Opcode switch
    {
        "popc" or "clz" => Count(reader),
        "bfind" => Find(reader),
        "brev" => Reverse(reader),
        "bfe" => Extract(reader),
        "bfi" => Insert(reader),
        "bmsk" => Mask(reader),
        "szext" => Extend(reader),
        "fns" => FindNth(reader),
        "shf" => Funnel(reader),
        "prmt" => Permuted(reader),
        "dp4a" or "dp2a" => Dot(reader),
        _ => null,
    };

    private static UnsupportedInstructionException NoType(InstructionReader reader, PtxType type) =>
        new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}");

    private static void TakeB32(InstructionReader reader)
    {
        var type = reader.TakeType();
        if (type != PtxType.B32)
            throw NoType(reader, type);
    }

    private static Operation Count(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(2);
        var d = reader.Destination(PtxType.U32);
        var a = reader.Source(1, type);
        return (reader.Opcode, type) switch
        {
            ("popc", PtxType.B32) => new Scalar1<uint, uint, PopulationCount<uint>>(d, a, default),
            ("popc", PtxType.B64) => new Scalar1<ulong, uint, PopulationCount<ulong>>(d, a, default),
            ("clz", PtxType.B32) => new Scalar1<uint, uint, LeadingZeros<uint>>(d, a, default),
            ("clz", PtxType.B64) => new Scalar1<ulong, uint, LeadingZeros<ulong>>(d, a, default),
            _ => throw NoType(reader, type),
        };
    }

    private static Operation Find(InstructionReader reader)
    {
        bool shift = reader.Take("shiftamt");
        var type = reader.TakeType();
        reader.End(2);
        var d = reader.Destination(PtxType.U32);
        var a = reader.Source(1, type);
        return type switch
        {
            PtxType.U32 => new Scalar1<uint, uint, FindBit<uint>>(d, a, new(shift)),
            PtxType.S32 => new Scalar1<int, uint, FindBit<int>>(d, a, new(shift)),
            PtxType.U64 => new Scalar1<ulong, uint, FindBit<ulong>>(d, a, new(shift)),
            PtxType.S64 => new Scalar1<long, uint, FindBit<long>>(d, a, new(shift)),
            _ => throw NoType(reader, type),
        };
    }

    private static Operation Reverse(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(2);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return type switch
        {
            PtxType.B32 => new Scalar1<uint, uint, ReverseBits>(d, a, default),
            PtxType.B64 => new Scalar1<ulong, ulong, ReverseBits>(d, a, default),
            _ => throw NoType(reader, type),
        };
    }

    private static Operation Extract(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(4);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, PtxType.U32);
        var c = reader.Source(3, PtxType.U32);
        return type switch
        {
            PtxType.U32 => new Scalar3<uint, uint, uint, uint, ExtractField<uint>>(d, a, b, c, default),
            PtxType.S32 => new Scalar3<int, uint, uint, int, ExtractField<int>>(d, a, b, c, default),
            PtxType.U64 => new Scalar3<ulong, uint, uint, ulong, ExtractField<ulong>>(d, a, b, c, default),
            PtxType.S64 => new Scalar3<long, uint, uint, long, ExtractField<long>>(d, a, b, c, default),
            _ => throw NoType(reader, type),
        };
    }

    private static Operation Insert(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(5);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var position = reader.Source(3, PtxType.U32);
        var length = reader.Source(4, PtxType.U32);
        return type switch
        {
            PtxType.B32 => new InsertField<uint>(d, a, b, position, length),
            PtxType.B64 => new InsertField<ulong>(d, a, b, position, length),
            _ => throw NoType(reader, type),
        };
    }

    private static bool TakeClamp(InstructionReader reader)
    {
        bool clamp = reader.Take("clamp");
        if (!clamp && !reader.Take("wrap"))
            throw new UnsupportedInstructionException("it needs .clamp or .wrap");
        return clamp;
    }

    private static Scalar2<uint, uint, uint, BitMask> Mask(InstructionReader reader)
    {
        bool clamp = TakeClamp(reader);
        TakeB32(reader);
        reader.End(3);
        return new(
            reader.Destination(PtxType.B32), reader.Source(1, PtxType.U32), reader.Source(2, PtxType.U32), new(clamp));
    }

    private static Scalar2<uint, uint, uint, ExtendBits> Extend(InstructionReader reader)
    {
        bool clamp = TakeClamp(reader);
        var type = reader.TakeType();
        reader.End(3);
        if (type is not (PtxType.U32 or PtxType.S32))
            throw NoType(reader, type);
        return new(
            reader.Destination(type), reader.Source(1, type), reader.Source(2, PtxType.U32),
            new(clamp, type == PtxType.S32));
    }

    private static Scalar3<uint, uint, int, uint, FindNthSet> FindNth(InstructionReader reader)
    {
        TakeB32(reader);
        reader.End(4);
        return new(
            reader.Destination(PtxType.B32), reader.Source(1, PtxType.B32), reader.Source(2, PtxType.U32),
            reader.Source(3, PtxType.S32), default);
    }

    private static Scalar3<uint, uint, uint, uint, FunnelShift> Funnel(InstructionReader reader)
    {
        bool left = reader.Take("l");
        if (!left && !reader.Take("r"))
            throw new UnsupportedInstructionException("it needs .l or .r");
        bool clamp = TakeClamp(reader);
        TakeB32(reader);
        return ThreeB32(reader, new FunnelShift(left, clamp));
    }

    private static Scalar3<uint, uint, uint, uint, Permute> Permuted(InstructionReader reader)
    {
        TakeB32(reader);
        var mode = PermuteMode.Select;
        if (reader.HasMore)
        {
            string word = reader.TakeWord();
            mode = Permute.FromName(word) ?? throw new UnsupportedInstructionException($".{word} is not a mode of it");
        }
        return ThreeB32(reader, new Permute(mode));
    }

    private static Scalar3<uint, uint, uint, uint, DotProduct> Dot(InstructionReader reader)
    {
        bool four = reader.Opcode == "dp4a";
        bool high = !four && reader.Take("hi");
        if (!four && !high && !reader.Take("lo"))
            throw new UnsupportedInstructionException("it needs .lo or .hi");
        var a = reader.TakeType();
        var b = reader.TakeType();
        if (a is not (PtxType.U32 or PtxType.S32) || b is not (PtxType.U32 or PtxType.S32))
            throw new UnsupportedInstructionException("it goes with .u32 and .s32");
        return ThreeB32(reader, new DotProduct(a == PtxType.S32, b == PtxType.S32, four ? 8 : 16, high ? 2 : 0));
    }

    private static Scalar3<uint, uint, uint, uint, TFunction> ThreeB32<TFunction>(
        InstructionReader reader, TFunction function)
        where TFunction : struct, IFunction<uint, uint, uint, uint>
    {
        reader.End(4);
        return new(
            reader.Destination(PtxType.B32), reader.Source(1, PtxType.B32), reader.Source(2, PtxType.B32),
            reader.Source(3, PtxType.B32), function);
    }
}
