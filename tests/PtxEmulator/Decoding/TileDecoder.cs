using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Decodes what feeds and runs matrix units: mma.sync, ldmatrix, cp.async.</summary>
internal static class TileDecoder
{
    /// <summary>The operation of an instruction, or null where it is none of these.</summary>
    public static Operation? TryDecode(PtxInstruction instruction, FunctionOperands operands) =>
        instruction.Opcode switch
    {
        "mma" => Multiply(instruction, operands),
        "ldmatrix" => LoadMatrix(instruction, operands),
        "cp" => CopyAsync(instruction, operands),
        _ => null,
    };

    private static MatrixOperation Multiply(PtxInstruction instruction, FunctionOperands operands)
    {
        if (instruction.Modifiers is not ["sync", "aligned", var shape, "row", "col", var d, var a, var b, var c]
            || instruction.Operands.Count != 4 || a != b || c != d)
            throw new UnsupportedInstructionException("its modifiers are not understood");
        var (type, depth) = (a, shape) switch
        {
            ("tf32", "m16n8k4") => (PtxType.TF32, 4),
            ("tf32", "m16n8k8") => (PtxType.TF32, 8),
            ("f16", "m16n8k8") => (PtxType.F16, 8),
            ("f16", "m16n8k16") => (PtxType.F16, 16),
            ("bf16", "m16n8k8") => (PtxType.BF16, 8),
            ("bf16", "m16n8k16") => (PtxType.BF16, 16),
            _ => throw new UnsupportedInstructionException(
                $"the software GPU has no product of .{shape} tiles of .{a}"),
        };
        var halfSums = d == "f16" && type == PtxType.F16;
        if (!halfSums && d != "f32")
            throw new UnsupportedInstructionException($".{a} tiles cannot be summed in .{d}");
        var perRegister = type == PtxType.TF32 ? 1 : 2;
        return new(
            type, depth, halfSums,
            Registers(0, halfSums ? 2 : 4, isResult: true), Registers(1, depth / (2 * perRegister), false),
            Registers(2, depth / (4 * perRegister), false), Registers(3, halfSums ? 2 : 4, false),
            operands.Constant(uint.MaxValue, 4));

        Slot[] Registers(int index, int count, bool isResult) =>
            instruction.Operands[index] is PtxVector vector && vector.Elements.Count == count
            ? [.. vector.Elements.Select(
                element =>
                isResult ? operands.Destination(element, PtxType.B32) : Narrow(operands.Source(element, PtxType.B32)))]
            : throw new UnsupportedInstructionException($"operand {index + 1} must have {count} registers");
    }

    private static LoadMatrixOperation LoadMatrix(PtxInstruction instruction, FunctionOperands operands)
    {
        var words = instruction.Modifiers.Where(word => word is not ("trans" or "shared" or "shared::cta")).ToArray();
        var count = words switch
        {
            ["sync", "aligned", "m8n8", "x1", "b16"] => 1,
            ["sync", "aligned", "m8n8", "x2", "b16"] => 2,
            ["sync", "aligned", "m8n8", "x4", "b16"] => 4,
            _ => throw new UnsupportedInstructionException("its modifiers are not understood"),
        };
        if (instruction.Operands.Count != 2 || instruction.Operands[0] is not PtxVector vector
            || vector.Elements.Count != count)
            throw new UnsupportedInstructionException($"it needs {count} registers in braces and an address");
        return new(
            [.. vector.Elements.Select(element => Narrow(operands.Destination(element, PtxType.B32)))],
            instruction.Has("trans"))
        {
            Address = MemoryDecoder.Address(instruction.Operands[1], operands, PtxSpace.Shared),
            Space = MemorySpace.Shared,
            Bytes = 16,
        };
    }

    private static Operation CopyAsync(PtxInstruction instruction, FunctionOperands operands)
    {
        var words = instruction.Modifiers.Where(word => !word.StartsWith("L2::", StringComparison.Ordinal)).ToArray();
        if (words is ["async", "commit_group" or "wait_all" or "wait_group"])
            return new NoOperation();
        if (words is not ["async", "ca" or "cg", "shared" or "shared::cta", "global"])
            throw new UnsupportedInstructionException("its modifiers are not understood");
        var given = instruction.Operands.Count - (instruction.Has("L2::cache_hint") ? 1 : 0);
        if (given is not (3 or 4) || instruction.Operands[2] is not PtxImmediate { Bits: 4 or 8 or 16 } size
            || (words[1] == "cg" && size.Bits != 16))
            throw new UnsupportedInstructionException("it copies 4, 8 or 16 bytes, and .cg 16");
        if (given == 4 && instruction.Operands[3] is PtxRegister register && operands.RegisterBits(register) != 32)
            throw new UnsupportedInstructionException("its last operand must have 32 bits");
        return new CopyAsyncOperation(
            new(AccessKind.Load)
            {
                Address = MemoryDecoder.Address(instruction.Operands[1], operands, PtxSpace.Global),
                Space = MemorySpace.Global,
                Bytes = (int)size.Bits,
            },
            new(AccessKind.Store)
            {
                Address = MemoryDecoder.Address(instruction.Operands[0], operands, PtxSpace.Shared),
                Space = MemorySpace.Shared,
                Bytes = (int)size.Bits,
            },
            given == 4 ? Narrow(operands.Source(instruction.Operands[3], PtxType.U32))
                : operands.Constant(size.Bits, 4));
    }

    private static Slot Narrow(Slot slot) => slot.LaneBytes == 4
        ? slot
        : throw new UnsupportedInstructionException("its registers must have 32 bits");
}
