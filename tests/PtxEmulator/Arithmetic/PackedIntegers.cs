using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes add, min and max of pairs of 16-bit integers (.u16x2, .s16x2).</summary>
internal static class PackedIntegers
{
    /// <summary>Whether the instruction's last modifier is a pair of integers.</summary>
    public static bool Are(PtxInstruction instruction) =>
        instruction.Modifiers is [.., "u16x2" or "s16x2"];

    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader)
    {
        bool relu = reader.Opcode is "min" or "max" && reader.Take("relu");
        bool signed = reader.Take("s16x2");
        if (!signed && !reader.Take("u16x2"))
            throw new UnsupportedInstructionException($".{reader.TakeWord()} does not go with pairs");
        reader.End(3);
        if (relu && !signed)
            throw new UnsupportedInstructionException(".relu goes with .s16x2");
        return (reader.Opcode, relu) switch
        {
            ("add", _) => Pair<ushort, Add<ushort>>(reader, default),
            ("min", true) => Pair<short, Rectified<short, Minimum<short>>>(reader, default),
            ("max", true) => Pair<short, Rectified<short, Maximum<short>>>(reader, default),
            ("min", _) when signed => Pair<short, Minimum<short>>(reader, default),
            ("max", _) when signed => Pair<short, Maximum<short>>(reader, default),
            ("min", _) => Pair<ushort, Minimum<ushort>>(reader, default),
            ("max", _) => Pair<ushort, Maximum<ushort>>(reader, default),
            _ => throw new UnsupportedInstructionException("it does not go with pairs"),
        };
    }

    private static Scalar2<uint, uint, uint, Paired<T, TFunction>> Pair<T, TFunction>(
        InstructionReader reader, TFunction function)
        where T : unmanaged
        where TFunction : struct, IFunction<T, T, T> => new(
            reader.Destination(PtxType.B32), reader.Source(1, PtxType.B32), reader.Source(2, PtxType.B32),
            new(function));
}
