namespace ZfNet.PtxEmulator.Syntax;

/// <summary>A line of source code, from <c>.loc</c>.</summary>
/// <param name="File">The path in <c>.file</c>.</param>
/// <param name="Line">The line, from 1.</param>
public readonly record struct SourceLocation(string File, int Line);

/// <summary>One instruction as written.</summary>
/// <param name="Opcode">The first word: "ld", "fma", "bra".</param>
/// <param name="Modifiers">
/// The words after dots, without the dots, in order: for ld.global.nc.v4.f32 "global", "nc", "v4", "f32".
/// </param>
/// <param name="Operands">The operands, destination first.</param>
/// <param name="Guard">The predicate before it, or null.</param>
/// <param name="Line">The line of PTX, from 1.</param>
/// <param name="Source">The line of source that it came from, or null.</param>
/// <param name="Text">As written, on one line, without comments and the semicolon.</param>
public sealed record PtxInstruction(
    string Opcode, IReadOnlyList<string> Modifiers, IReadOnlyList<PtxOperand> Operands, PtxGuard? Guard, int Line,
    SourceLocation? Source, string Text)
{
    /// <summary>Whether <paramref name="modifier"/> is among the modifiers.</summary>
    public bool Has(string modifier) => Modifiers.Contains(modifier);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary><c>@%p1</c> or <c>@!%p1</c>.</summary>
public sealed record PtxGuard(string Register, bool Negated);

/// <summary>An operand.</summary>
public abstract record PtxOperand;

/// <summary>A register, declared or special: <c>%r1</c>, <c>%tid.x</c>.</summary>
public sealed record PtxRegister(string Name) : PtxOperand;

/// <summary>The discarded result, <c>_</c>.</summary>
public sealed record PtxSink : PtxOperand;

/// <summary>
/// A number. Integers are two's complement in 64 bits; floats have the bits of their own width (0f, 0d).
/// </summary>
public sealed record PtxImmediate(ulong Bits, PtxImmediateKind Kind) : PtxOperand;

/// <summary>How a number was written.</summary>
public enum PtxImmediateKind
{
    /// <summary>An integer, decimal, hex, octal or binary.</summary>
    Integer,

    /// <summary><c>0f3F800000</c>.</summary>
    Float32,

    /// <summary><c>0d3FF0000000000000</c> or a decimal with a point.</summary>
    Float64,
}

/// <summary>A variable, function or label by name, with an offset in bytes: <c>table+16</c>.</summary>
public sealed record PtxSymbol(string Name, long Offset) : PtxOperand;

/// <summary>Brackets: a register, symbol or number plus an offset in bytes.</summary>
public sealed record PtxAddress(PtxOperand Base, long Offset) : PtxOperand;

/// <summary>Braces: <c>{%f1, %f2}</c>.</summary>
public sealed record PtxVector(IReadOnlyList<PtxOperand> Elements) : PtxOperand;

/// <summary>Parentheses of a call: <c>(param0, param1)</c>.</summary>
public sealed record PtxArguments(IReadOnlyList<PtxOperand> Elements) : PtxOperand;

/// <summary>Two destinations: <c>%r1|%p1</c>.</summary>
public sealed record PtxPair(PtxOperand First, PtxOperand Second) : PtxOperand;

/// <summary>A negated predicate: <c>!%p1</c>.</summary>
public sealed record PtxNegated(PtxOperand Operand) : PtxOperand;
