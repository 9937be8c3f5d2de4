namespace ZfNet.PtxEmulator.Syntax;

/// <summary>A parsed PTX module.</summary>
public sealed record PtxModule
{
    /// <summary>What messages call it: usually the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The ISA version of <c>.version</c>.</summary>
    public required Version Version { get; init; }

    /// <summary>The architecture of <c>.target</c>, such as "sm_75".</summary>
    public required string Target { get; init; }

    /// <summary>Variables at module scope: global, const, shared.</summary>
    public required IReadOnlyList<PtxVariable> Variables { get; init; }

    /// <summary>Entries and device functions that have a body.</summary>
    public required IReadOnlyList<PtxFunction> Functions { get; init; }

    /// <summary>Names of functions that are declared and have no body here, such as vprintf.</summary>
    public IReadOnlyList<string> Declarations { get; init; } = [];
}

/// <summary>A <c>.entry</c> or <c>.func</c> with its body.</summary>
/// <remarks>
/// Names are unique in a function: what braces declare again gets a number, so the second <c>p</c> is <c>p#2</c>, in
/// its declaration and in every operand. The text of an instruction keeps the name as written.
/// </remarks>
public sealed record PtxFunction
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it can be launched.</summary>
    public required bool IsEntry { get; init; }

    /// <summary>The parameters, in order.</summary>
    public required IReadOnlyList<PtxVariable> Parameters { get; init; }

    /// <summary>What a device function returns; empty for an entry.</summary>
    public required IReadOnlyList<PtxVariable> Returns { get; init; }

    /// <summary>
    /// Every declared register, by name with its percent sign; ranges (<c>%r&lt;5&gt;</c>) are written out.
    /// </summary>
    public required IReadOnlyDictionary<string, PtxType> Registers { get; init; }

    /// <summary>Variables declared in the body: shared, local, and the params of calls.</summary>
    public required IReadOnlyList<PtxVariable> Variables { get; init; }

    /// <summary>The instructions, in order.</summary>
    public required IReadOnlyList<PtxInstruction> Instructions { get; init; }

    /// <summary>
    /// For each label the index of the instruction that it stands before; it may be one past the last.
    /// </summary>
    public required IReadOnlyDictionary<string, int> Labels { get; init; }

    /// <summary>The tables of <c>.branchtargets</c>, by name: the labels that a <c>brx.idx</c> chooses from.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> BranchTargets { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// Most threads a block (<c>.maxntid</c> or <c>.reqntid</c>, its dimensions multiplied), or null.
    /// </summary>
    public int? MaxThreadsPerBlock { get; init; }

    /// <summary>The one block shape that it may be launched with (<c>.reqntid</c>), or null.</summary>
    public (int X, int Y, int Z)? RequiredBlock { get; init; }

    /// <summary>The line where it starts, from 1.</summary>
    public required int Line { get; init; }
}

/// <summary>A variable or parameter.</summary>
/// <param name="Name">The name.</param>
/// <param name="Space">Where it lives.</param>
/// <param name="Type">Type of an element.</param>
/// <param name="Count">Elements: 1 for a scalar, 0 for an array of no size (dynamic shared memory).</param>
/// <param name="Alignment">Bytes.</param>
/// <param name="Initial">
/// The first bytes; the rest (all, where it is empty) of a global or const variable starts at zero.
/// </param>
/// <param name="IsExtern">Whether it is declared <c>.extern</c>.</param>
/// <param name="Line">The line, from 1.</param>
public sealed record PtxVariable(
    string Name, PtxSpace Space, PtxType Type, long Count, int Alignment, ReadOnlyMemory<byte> Initial, bool IsExtern,
    int Line)
{
    /// <summary>Size in bytes.</summary>
    public long Bytes => Count * Type.Bytes();
}

/// <summary>State spaces of variables.</summary>
public enum PtxSpace
{
    /// <summary>Device memory.</summary>
    Global,

    /// <summary>Constant memory.</summary>
    Const,

    /// <summary>Memory of a block.</summary>
    Shared,

    /// <summary>Memory of a thread.</summary>
    Local,

    /// <summary>Parameters of entries and calls.</summary>
    Param,
}
