using System.Globalization;
using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.PtxEmulator.Arithmetic;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>A warp with registers by name, for single instructions without a kernel around them.</summary>
internal sealed unsafe class Lanes : IOperands, IDisposable
{
    private const int SlotBytes = 256;
    private const int MostSlots = 64;
    private readonly Dictionary<string, Slot> slots = [];
    private readonly Dictionary<string, int> bits = [];
    private readonly Dictionary<string, int> predicates = [];
    private readonly byte* memory = (byte*)NativeMemory.AlignedAlloc(SlotBytes * MostSlots, 64);
    private readonly uint* flags = (uint*)NativeMemory.AllocZeroed(16, sizeof(uint));
    private int next;

    public Lanes()
    {
        NativeMemory.Clear(memory, SlotBytes * MostSlots);
        Warp = new Warp { Registers = memory, Predicates = flags };
    }

    /// <summary>The warp.</summary>
    public Warp Warp { get; }

    /// <summary>An instruction: "add.cc.u32 %d, %a, 7".</summary>
    public static PtxInstruction Parse(string text)
    {
        string[] halves = text.Split(' ', 2);
        string[] words = halves[0].Split('.');
        var operands = halves.Length == 1 ? [] : Split(halves[1]).Select(ParseOperand).ToArray();
        return new(words[0], words[1..], operands, null, 1, null, text);
    }

    /// <summary>Decodes an instruction, which must be arithmetic.</summary>
    public Operation Decode(string text) => ArithmeticDecoder.TryDecode(Parse(text), this)
        ?? throw new AssertionException($"{text} is not decoded.");

    /// <summary>Makes a register of a size in bytes that may differ from that of the type it is used with.</summary>
    public void Declare(string name, int bytes)
    {
        slots.Add(name, new(next++ * SlotBytes, Math.Max(bytes, 4)));
        bits.Add(name, Math.Max(bytes, 2) * 8);
    }

    /// <summary>Sets a lane, all its bytes.</summary>
    public void Set(string name, int lane, ulong value)
    {
        var slot = slots[name];
        if (slot.LaneBytes == 8)
            *(ulong*)(memory + slot.Offset + (lane * 8)) = value;
        else
            *(uint*)(memory + slot.Offset + (lane * 4)) = (uint)value;
    }

    /// <summary>A lane, all its bytes.</summary>
    public ulong Get(string name, int lane)
    {
        var slot = slots[name];
        return slot.LaneBytes == 8
            ? *(ulong*)(memory + slot.Offset + (lane * 8))
            : *(uint*)(memory + slot.Offset + (lane * 4));
    }

    /// <summary>A predicate's bits.</summary>
    public ref uint Predicate(string name)
    {
        if (!predicates.TryGetValue(name, out int index))
            predicates.Add(name, index = predicates.Count);
        return ref flags[index];
    }

    public Slot Source(PtxOperand operand, PtxType type)
    {
        switch (operand)
        {
            case PtxRegister register:
                return Register(register.Name, type);
            case PtxImmediate number:
                var slot = new Slot(next++ * SlotBytes, type.Bytes() == 8 ? 8 : 4);
                slots.Add($"#{slot.Offset}", slot);
                for (int lane = 0; lane < 32; lane++)
                    Set($"#{slot.Offset}", lane, type.Bytes() == 2 ? (ushort)number.Bits : number.Bits);
                return slot;
            default:
                throw new AssertionException($"{operand} is not a source.");
        }
    }

    public Slot Destination(PtxOperand operand, PtxType type) => operand is PtxSink
        ? Register($"_{type.Bytes() == 8}", type)
        : Register(((PtxRegister)operand).Name, type);

    public int RegisterBits(PtxOperand operand) =>
        operand is PtxRegister register ? bits.GetValueOrDefault(register.Name, 32) : 32;

    public (int Index, bool Negated) SourcePredicate(PtxOperand operand) => operand is PtxNegated negated
        ? (DestinationPredicate(negated.Operand), true)
        : (DestinationPredicate(operand), false);

    public int DestinationPredicate(PtxOperand operand)
    {
        string name = ((PtxRegister)operand).Name;
        _ = Predicate(name);
        return predicates[name];
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        NativeMemory.Free(flags);
    }

    private static List<string> Split(string operands)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i <= operands.Length; i++)
        {
            char c = i == operands.Length ? ',' : operands[i];
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == ',' && depth == 0)
            {
                parts.Add(operands[start..i].Trim());
                start = i + 1;
            }
        }
        return parts;
    }

    private static PtxOperand ParseOperand(string text) => text switch
    {
        "_" => new PtxSink(),
        ['{', .., '}'] => new PtxVector([.. Split(text[1..^1]).Select(ParseOperand)]),
        ['!', ..] => new PtxNegated(ParseOperand(text[1..])),
        _ when text.Contains('|', StringComparison.Ordinal) =>
            new PtxPair(ParseOperand(text.Split('|')[0]), ParseOperand(text.Split('|')[1])),
        ['%', ..] => new PtxRegister(text),
        _ => new PtxImmediate((ulong)long.Parse(text, CultureInfo.InvariantCulture), PtxImmediateKind.Integer),
    };

    private Slot Register(string name, PtxType type)
    {
        if (!slots.ContainsKey(name))
            Declare(name, type.Bytes());
        return slots[name];
    }
}
