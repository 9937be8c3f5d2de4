using System.Numerics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes arithmetic of more than one register: add.cc, addc, sub.cc, subc, mad.cc, madc.</summary>
internal static class CarryDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader) => reader.Opcode is "mad" or "madc"
        ? MultiplyAdd(reader)
        : Add(reader);

    private static Operation Add(InstructionReader reader)
    {
        bool carryOut = reader.Take("cc");
        var type = reader.TakeType();
        reader.End(3);
        bool subtract = reader.Opcode is "sub" or "subc";
        bool carryIn = reader.Opcode is "addc" or "subc";
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        return type switch
        {
            PtxType.U32 or PtxType.S32 => new CarryAdd<uint>(d, a, b, subtract, carryIn, carryOut),
            PtxType.U64 or PtxType.S64 => new CarryAdd<ulong>(d, a, b, subtract, carryIn, carryOut),
            _ => throw new UnsupportedInstructionException("carries go with 32 and 64 bits"),
        };
    }

    private static Operation MultiplyAdd(InstructionReader reader)
    {
        bool high = reader.Take("hi");
        if (!high && !reader.Take("lo"))
            throw new UnsupportedInstructionException("it needs .lo or .hi");
        bool carryOut = reader.Take("cc");
        var type = reader.TakeType();
        reader.End(4);
        return type switch
        {
            PtxType.U32 => MultiplyAdd<uint, uint>(reader, type, high, carryOut),
            PtxType.S32 => MultiplyAdd<int, uint>(reader, type, high, carryOut),
            PtxType.U64 => MultiplyAdd<ulong, ulong>(reader, type, high, carryOut),
            PtxType.S64 => MultiplyAdd<long, ulong>(reader, type, high, carryOut),
            _ => throw new UnsupportedInstructionException("carries go with 32 and 64 bits"),
        };
    }

    private static Operation MultiplyAdd<T, TUnsigned>(InstructionReader reader, PtxType type, bool high, bool carryOut)
        where T : unmanaged, IBinaryInteger<T>
        where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>, IUnsignedNumber<TUnsigned>
    {
        bool carryIn = reader.Opcode == "madc";
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var c = reader.Source(3, type);
        return high
            ? new CarryMultiplyAdd<T, TUnsigned, MultiplyHigh<T>>(d, a, b, c, carryIn, carryOut)
            : new CarryMultiplyAdd<T, TUnsigned, MultiplyLow<T>>(d, a, b, c, carryIn, carryOut);
    }
}
