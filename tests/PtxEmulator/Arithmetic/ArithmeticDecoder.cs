using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes arithmetic, logic, comparisons, selection, conversions and moves.</summary>
internal static class ArithmeticDecoder
{
    /// <summary>The operation of an instruction, or null where the opcode is none of these.</summary>
    /// <exception cref="UnsupportedInstructionException">A modifier, type or operand of it is not known.</exception>
    public static Operation? TryDecode(PtxInstruction instruction, IOperands operands)
    {
        var reader = new InstructionReader(instruction, operands);
        switch (instruction.Opcode)
        {
            case "mov":
                return MoveDecoder.DecodeMove(reader);
            case "selp":
                return MoveDecoder.DecodeSelect(reader);
            case "slct":
                return MoveDecoder.DecodeSignSelect(reader);
            case "setp":
                return CompareDecoder.DecodeSetPredicate(reader);
            case "set":
                return CompareDecoder.DecodeSet(reader);
            case "cvt":
                return ConvertDecoder.Decode(reader);
            case "and" or "or" or "xor" or "not" or "cnot" or "lop3" or "shl" or "shr":
                return LogicDecoder.Decode(reader);
            case "copysign":
                return SignDecoder.DecodeCopySign(reader);
            case "testp":
                return SignDecoder.DecodeTest(reader);
            case "addc" or "subc" or "madc":
            case "add" or "sub" or "mad" when instruction.Has("cc"):
                return CarryDecoder.Decode(reader);
            case "add" or "sub" or "mul" or "mad" or "min" or "max" when PackedIntegers.Are(instruction):
                return PackedIntegers.Decode(reader);
            case "add" or "sub" or "mul" or "mad" or "fma" or "div" or "rem" or "abs" or "neg" or "min" or "max":
            case "sad" or "mul24" or "mad24":
            case "rcp" or "sqrt" or "rsqrt" or "ex2" or "lg2" or "sin" or "cos" or "tanh":
                return DecodeByType(reader);
            default:
                return BitDecoder.TryDecode(reader);
        }
    }

    private static Operation DecodeByType(InstructionReader reader)
    {
        var type = reader.LastType ?? throw new UnsupportedInstructionException("its last modifier is not a type");
        if (HalfDecoder.IsHalf(type))
            return HalfDecoder.Decode(reader, type);
        if (type.IsFloat())
            return FloatDecoder.Decode(reader, type);
        return IntegerDecoder.Decode(reader, type);
    }
}
