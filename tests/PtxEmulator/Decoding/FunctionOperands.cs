using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>What a name of a function stands for, in memory.</summary>
/// <param name="Space">Where it lies.</param>
/// <param name="Address">
/// Its address, offset in shared memory, offset in the frame's local memory, or in the parameters.
/// </param>
/// <param name="Bytes">Its size.</param>
/// <param name="InFrame">Whether the frame holds it: local variables and parameters of calls.</param>
internal readonly record struct SymbolPlace(PtxSpace Space, ulong Address, long Bytes, bool InFrame);

/// <summary>Gives the operands of one function's instructions their places.</summary>
internal sealed class FunctionOperands : IOperands
{
    /// <summary>A predicate that is always false.</summary>
    private const int False = 0;

    private const int PredicateSink = 1;

    private readonly FrameLayout frame;
    private readonly Func<string, SymbolPlace?> outer;
    private readonly Dictionary<(ConstantKind Kind, ulong Bits, int LaneBytes), Slot> constants = [];
    private readonly Slot sink;

    /// <param name="frame">The frame to lay out.</param>
    /// <param name="outer">Places of variables outside the function.</param>
    public FunctionOperands(FrameLayout frame, Func<string, SymbolPlace?> outer)
    {
        this.frame = frame;
        this.outer = outer;
        frame.PredicateCount = 2;
        sink = Take(8);
        foreach (var (name, type) in frame.Function.Registers)
        {
            if (type == PtxType.Pred)
                frame.Predicates.Add(name, frame.PredicateCount++);
        }
    }

    /// <summary>Where a variable lies.</summary>
    public SymbolPlace Place(PtxSymbol symbol)
    {
        if (frame.LocalOffsets.TryGetValue(symbol.Name, out var offset))
        {
            var variable = Declared(symbol.Name);
            return new(variable.Space, (ulong)(offset + symbol.Offset), variable.Bytes - symbol.Offset, InFrame: true);
        }
        return outer(symbol.Name) is { } place
            ? place with { Address = place.Address + (ulong)symbol.Offset, Bytes = place.Bytes - symbol.Offset }
            : throw new UnsupportedInstructionException($"\"{symbol.Name}\" has no address");
    }

    /// <summary>Bits of a declared register.</summary>
    public int RegisterBits(PtxOperand operand) => operand is PtxRegister register
        && frame.Function.Registers.TryGetValue(register.Name, out var type) ? Math.Max(type.Bytes(), 2) * 8 : 32;

    /// <summary>A slot that holds the same bits in every lane.</summary>
    public Slot Constant(ulong bits, int laneBytes) => Constant(ConstantKind.Bits, bits, laneBytes);

    /// <summary>Where nobody reads.</summary>
    public Slot Sink(int laneBytes) => sink with { LaneBytes = laneBytes };

    public Slot Source(PtxOperand operand, PtxType type)
    {
        var laneBytes = type.Bytes() == 8 ? 8 : 4;
        switch (operand)
        {
            case PtxRegister register when frame.Function.Registers.ContainsKey(register.Name):
                return Register(register);
            case PtxRegister register:
                var special = SpecialRegisters.Find(register.Name);
                if (special >= 0)
                    return Constant(ConstantKind.Special, (ulong)special, laneBytes);
                throw new UnsupportedInstructionException(SpecialRegisters.Changes(register.Name)
                    ? $"{register.Name} can only be read by mov"
                    : $"the software GPU has no register {register.Name}");
            case PtxImmediate number:
                return Constant(Bits(number, type), laneBytes);
            case PtxSymbol symbol:
                return Address(symbol, laneBytes);
            default:
                throw new UnsupportedInstructionException("an operand cannot stand where it does");
        }
    }

    public Slot Destination(PtxOperand operand, PtxType type) => operand switch
    {
        PtxRegister register when frame.Function.Registers.ContainsKey(register.Name) => Register(register),
        PtxSink => Sink(type.Bytes() == 8 ? 8 : 4),
        _ => throw new UnsupportedInstructionException("its result must go to a register"),
    };

    public (int Index, bool Negated) SourcePredicate(PtxOperand operand) => operand switch
    {
        PtxRegister register => (Predicate(register), false),
        PtxNegated { Operand: PtxRegister register } => (Predicate(register), true),
        PtxImmediate { Kind: PtxImmediateKind.Integer } number => (False, number.Bits != 0),
        _ => throw new UnsupportedInstructionException("an operand must be a predicate"),
    };

    public int DestinationPredicate(PtxOperand operand) => operand switch
    {
        PtxRegister register => Predicate(register),
        PtxSink => PredicateSink,
        _ => throw new UnsupportedInstructionException("its result must go to a predicate"),
    };

    /// <summary>The index of a guard.</summary>
    public int Guard(string name) => frame.Predicates.TryGetValue(name, out var index)
        ? index
        : throw new UnsupportedInstructionException($"{name} is not a predicate");

    private Slot Address(PtxSymbol symbol, int laneBytes)
    {
        var place = Place(symbol);
        return place switch
        {
            { InFrame: true, Space: PtxSpace.Local } => Constant(ConstantKind.LocalAddress, place.Address, laneBytes),
            { InFrame: true } => Constant(ConstantKind.ParameterAddress, place.Address, laneBytes),
            { Space: PtxSpace.Param } => Constant(place.Address + AddressSpace.ParameterWindow, laneBytes),
            _ => Constant(place.Address, laneBytes),
        };
    }

    private static ulong Bits(PtxImmediate number, PtxType type)
    {
        if (type.IsFloat() && type is PtxType.F32 or PtxType.TF32 or PtxType.F64)
        {
            return (number.Kind, type == PtxType.F64) switch
            {
                (PtxImmediateKind.Float32, false) or (PtxImmediateKind.Float64, true) => number.Bits,
                (PtxImmediateKind.Float64, false) =>
                    BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(number.Bits)),
                (PtxImmediateKind.Float32, true) =>
                    BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)number.Bits)),
                _ => throw new UnsupportedInstructionException("an integer stands where a float is needed"),
            };
        }
        var isUntyped = type is PtxType.B32 or PtxType.B64;
        if (number.Kind != PtxImmediateKind.Integer && !isUntyped)
            throw new UnsupportedInstructionException("a float stands where an integer is needed");
        return type.Bytes() switch
        {
            1 => (byte)number.Bits,
            2 => (ushort)number.Bits,
            4 => (uint)number.Bits,
            _ => number.Bits,
        };
    }

    private PtxVariable Declared(string name) => frame.Function.Variables
        .Concat(frame.Function.IsEntry ? [] : frame.Function.Parameters)
        .Concat(frame.Function.Returns)
        .First(variable => variable.Name == name);

    private int Predicate(PtxRegister register) => frame.Predicates.TryGetValue(register.Name, out var index)
        ? index
        : throw new UnsupportedInstructionException($"{register.Name} is not a predicate");

    private Slot Register(PtxRegister register)
    {
        if (frame.Registers.TryGetValue(register.Name, out var slot))
            return slot;
        var type = frame.Function.Registers[register.Name];
        if (type == PtxType.Pred)
            throw new UnsupportedInstructionException($"{register.Name} is a predicate, which has no place here");
        slot = Take(type.Bytes() == 8 ? 8 : 4);
        frame.Registers.Add(register.Name, slot);
        return slot;
    }

    private Slot Constant(ConstantKind kind, ulong bits, int laneBytes)
    {
        if (constants.TryGetValue((kind, bits, laneBytes), out var slot))
            return slot;
        slot = Take(laneBytes);
        constants.Add((kind, bits, laneBytes), slot);
        frame.Constants.Add(new(slot, kind, bits));
        return slot;
    }

    private Slot Take(int laneBytes)
    {
        var slot = new Slot(frame.RegisterBytes, laneBytes);
        frame.RegisterBytes += 32 * laneBytes;
        return slot;
    }
}
