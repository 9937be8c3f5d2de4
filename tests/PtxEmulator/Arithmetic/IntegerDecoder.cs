using System.Numerics;
using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes integer arithmetic: add, sub, mul, mad, sad, div, rem, abs, neg, min, max, mul24, mad24.</summary>
internal static class IntegerDecoder
{
    /// <summary>The instruction's operation on a type.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type) => type switch
    {
        PtxType.U16 => IntegerDecoder<ushort, uint>.Decode(reader, type, PtxType.U32),
        PtxType.S16 => IntegerDecoder<short, int>.Decode(reader, type, PtxType.S32),
        PtxType.U32 => IntegerDecoder<uint, ulong>.Decode(reader, type, PtxType.U64),
        PtxType.S32 => IntegerDecoder<int, long>.Decode(reader, type, PtxType.S64),
        PtxType.U64 => IntegerDecoder<ulong, ulong>.Decode(reader, type, null),
        PtxType.S64 => IntegerDecoder<long, long>.Decode(reader, type, null),
        _ => throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}"),
    };
}

/// <summary>As <see cref="IntegerDecoder"/>, for one type and the type of twice its width.</summary>
internal static class IntegerDecoder<T, TWide>
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    /// <summary>The instruction's operation; <paramref name="wide"/> is null where there is no wider type.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type, PtxType? wide)
    {
        switch (reader.Opcode)
        {
            case "add" when reader.Take("sat"):
                return Saturated<AddSaturated>(reader, type);
            case "sub" when reader.Take("sat"):
                return Saturated<SubtractSaturated>(reader, type);
            case "add":
                return Fast2<Add<T>>(reader, type);
            case "sub":
                return Fast2<Subtract<T>>(reader, type);
            case "mul" or "mad":
                return Multiply(reader, type, wide);
            case "mul24" or "mad24":
                return Multiply24(reader, type);
            case "sad":
                return Scalar3<SumOfDifference<T>>(reader, type);
            case "div":
                return Scalar2(reader, type, default(Divide<T>));
            case "rem":
                return Scalar2(reader, type, default(Remainder<T>));
            case "abs" when type.IsSigned():
                End(reader, type, 2);
                return new Scalar1<T, T, Absolute<T>>(reader.Destination(type), reader.Source(1, type), default);
            case "neg" when type.IsSigned():
                End(reader, type, 2);
                return Unsafe.SizeOf<T>() == 2
                    ? new Scalar1<T, T, Negate<T>>(reader.Destination(type), reader.Source(1, type), default)
                    : new Vector1<T, Negate<T>>(reader.Destination(type), reader.Source(1, type), default);
            case "min" when type == PtxType.S32 && reader.Take("relu"):
                return Scalar2(reader, type, default(Rectified<T, Minimum<T>>));
            case "max" when type == PtxType.S32 && reader.Take("relu"):
                return Scalar2(reader, type, default(Rectified<T, Maximum<T>>));
            case "min":
                return Fast2<Minimum<T>>(reader, type);
            case "max":
                return Fast2<Maximum<T>>(reader, type);
            default:
                throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}");
        }
    }

    private static void End(InstructionReader reader, PtxType type, int operandCount)
    {
        if (reader.TakeType() != type)
            throw new UnsupportedInstructionException("it has more than one type");
        reader.End(operandCount);
    }

    /// <summary>Vectors where lanes are as wide as the type.</summary>
    private static Operation Fast2<TFunction>(InstructionReader reader, PtxType type)
        where TFunction : struct, IFunction<T, T, T>, IVectorFunction2<T>
    {
        if (Unsafe.SizeOf<T>() == 2)
            return Scalar2(reader, type, default(TFunction));
        End(reader, type, 3);
        return new Vector2<T, TFunction>(
            reader.Destination(type), reader.Source(1, type), reader.Source(2, type), default);
    }

    private static Scalar2<T, T, T, TFunction> Scalar2<TFunction>(
        InstructionReader reader, PtxType type, TFunction function)
        where TFunction : struct, IFunction<T, T, T>
    {
        End(reader, type, 3);
        return new(reader.Destination(type), reader.Source(1, type), reader.Source(2, type), function);
    }

    private static Scalar3<T, T, T, T, TFunction> Scalar3<TFunction>(InstructionReader reader, PtxType type)
        where TFunction : struct, IFunction<T, T, T, T>
    {
        End(reader, type, 4);
        return new(
            reader.Destination(type), reader.Source(1, type), reader.Source(2, type), reader.Source(3, type), default);
    }

    private static Scalar2<int, int, int, TFunction> Saturated<TFunction>(InstructionReader reader, PtxType type)
        where TFunction : struct, IFunction<int, int, int>
    {
        End(reader, type, 3);
        if (type != PtxType.S32)
            throw new UnsupportedInstructionException(".sat goes with .s32 alone");
        return new(reader.Destination(type), reader.Source(1, type), reader.Source(2, type), default);
    }

    private static Operation Multiply(InstructionReader reader, PtxType type, PtxType? wide)
    {
        bool add = reader.Opcode == "mad";
        if (reader.Take("lo"))
        {
            if (!add)
                return Fast2<MultiplyLow<T>>(reader, type);
            if (Unsafe.SizeOf<T>() == 2)
                return Scalar3<MultiplyAddLow<T>>(reader, type);
            End(reader, type, 4);
            return new Vector3<T, MultiplyAddLow<T>>(
                reader.Destination(type), reader.Source(1, type), reader.Source(2, type), reader.Source(3, type),
                default);
        }
        if (reader.Take("hi"))
        {
            if (!add && Unsafe.SizeOf<T>() == 4)
            {
                End(reader, type, 3);
                return new Vector2<uint, MultiplyHigh32>(
                    reader.Destination(type), reader.Source(1, type), reader.Source(2, type), new(type.IsSigned()));
            }
            if (!add)
                return Scalar2(reader, type, default(MultiplyHigh<T>));
            if (!reader.Take("sat"))
                return Scalar3<MultiplyAddHigh<T>>(reader, type);
            End(reader, type, 4);
            if (type != PtxType.S32)
                throw new UnsupportedInstructionException(".sat goes with .s32 alone");
            return new Scalar3<int, int, int, int, MultiplyAddHighSaturated>(
                reader.Destination(type), reader.Source(1, type), reader.Source(2, type), reader.Source(3, type),
                default);
        }
        if (!reader.Take("wide"))
            throw new UnsupportedInstructionException("it needs .lo, .hi or .wide");
        End(reader, type, add ? 4 : 3);
        if (wide is not { } to)
            throw new UnsupportedInstructionException(".wide goes with 16 and 32 bits");
        var d = reader.Destination(to);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        if (Unsafe.SizeOf<T>() == 4)
            return new WideMultiply(d, a, b, add ? reader.Source(3, to) : null, type.IsSigned());
        return add
            ? new Scalar3<T, T, TWide, TWide, MultiplyAddWide<T, TWide>>(d, a, b, reader.Source(3, to), default)
            : new Scalar2<T, T, TWide, MultiplyWide<T, TWide>>(d, a, b, default);
    }

    private static Operation Multiply24(InstructionReader reader, PtxType type)
    {
        bool add = reader.Opcode == "mad24";
        bool high = reader.Take("hi");
        if (!high && !reader.Take("lo"))
            throw new UnsupportedInstructionException("it needs .lo or .hi");
        bool saturate = add && high && reader.Take("sat");
        End(reader, type, add ? 4 : 3);
        if (Unsafe.SizeOf<T>() != 4 || (saturate && !type.IsSigned()))
            throw new UnsupportedInstructionException("it has no such type");
        var function = new Multiply24(type.IsSigned(), high, saturate);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        return add
            ? new Scalar3<int, int, int, int, Multiply24>(d, a, b, reader.Source(3, type), function)
            : new Scalar2<int, int, int, Multiply24>(d, a, b, function);
    }
}
