using System.Globalization;
using System.Numerics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Command;

/// <summary>Prints what a block or one of its threads runs, with the values that registers have afterwards.</summary>
/// <param name="output">Where to.</param>
/// <param name="block">The block's number in the grid.</param>
/// <param name="thread">The thread's number in the block, or null for all of its warps.</param>
/// <param name="limit">Lines at most.</param>
internal sealed unsafe class TracePrinter(TextWriter output, long block, int? thread, int limit) : ITrace
{
    private int lines;

    public void After(Warp warp, int pc, uint mask)
    {
        if (warp.Block.Linear != block || lines > limit)
            return;
        var lane = thread is { } number ? number - warp.FirstThread : BitOperations.TrailingZeroCount(mask);
        if (lane is < 0 or > 31 || (mask & (1u << lane)) == 0)
            return;
        if (lines++ == limit)
        {
            output.WriteLine($"... (after {limit} lines; --trace-limit sets how many)");
            return;
        }
        var code = warp.Block.Launch.Code;
        var instruction = code.Instructions[pc];
        var start = thread is null ? $"warp {warp.Index} {mask:x8} " : "";
        output.WriteLine($"{start}{instruction.Line,6}: {instruction.Text}{Values(warp, code, pc, lane)}");
    }

    private static string Values(Warp warp, KernelCode code, int pc, int lane)
    {
        // After a call or return the registers are another function's.
        if (code.Steps[pc].Operation is CallOperation or ReturnOperation)
            return "";
        var instruction = code.Instructions[pc];
        var frame = code.FrameOf(pc);
        var names = instruction.Operands.SelectMany(Names).ToList();
        if (instruction.Guard is { } guard)
            names.Add(guard.Register);
        var values = names.Distinct().Select(name => Value(warp, frame, name, lane)).Where(value => value is not null);
        var text = string.Join(", ", values);
        return text.Length == 0 ? "" : $"   // {text}";
    }

    private static IEnumerable<string> Names(PtxOperand operand) => operand switch
    {
        PtxRegister register => [register.Name],
        PtxNegated negated => Names(negated.Operand),
        PtxAddress address => Names(address.Base),
        PtxPair pair => Names(pair.First).Concat(Names(pair.Second)),
        PtxVector vector => vector.Elements.SelectMany(Names),
        _ => [],
    };

    private static string? Value(Warp warp, FrameLayout frame, string name, int lane)
    {
        var culture = CultureInfo.InvariantCulture;
        if (frame.Predicates.TryGetValue(name, out var index))
            return $"{name} = {((warp.Predicates[index] >> lane) & 1) switch { 0 => "false", _ => "true" }}";
        if (!frame.Registers.TryGetValue(name, out var slot))
            return null;
        var from = warp.Registers + slot.Offset + (lane * slot.LaneBytes);
        var value = frame.Function.Registers[name] switch
        {
            PtxType.F32 => (*(float*)from).ToString("G9", culture),
            PtxType.F64 => (*(double*)from).ToString("G17", culture),
            PtxType.S32 or PtxType.B32 when *(int*)from is > -100000 and < 0 => (*(int*)from).ToString(culture),
            _ when slot.LaneBytes == 8 => Integer(*(ulong*)from),
            _ => Integer(*(uint*)from),
        };
        return $"{name} = {value}";

        string Integer(ulong bits) => bits < 1 << 24 ? bits.ToString(culture) : "0x" + bits.ToString("x", culture);
    }
}
