namespace ZfNet.PtxEmulator.Syntax;

/// <summary>What a name stands for.</summary>
internal enum PtxSymbolKind
{
    Register,
    Variable,
    Label,
    TargetTable,
    Function,
}

/// <summary>A declared name.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name in the parsed tree: unlike any other of the function.</param>
/// <param name="Line">Where it was declared.</param>
internal readonly record struct PtxDeclared(PtxSymbolKind Kind, string Name, int Line);

/// <summary>The names of a function: those of the module, then those of the braces that are open.</summary>
/// <remarks>
/// Braces may declare what is declared outside or beside them. In the tree every name of a function is its own: the
/// second <c>p</c> becomes <c>p#2</c>, which no PTX can write.
/// </remarks>
internal sealed class PtxSymbols(PtxReader reader, IReadOnlyDictionary<string, PtxDeclared> module)
{
    readonly Stack<Dictionary<string, PtxDeclared>> scopes = new();
    readonly Dictionary<string, PtxType> registers = [];
    readonly Dictionary<string, int> used = [];

    /// <summary>Every register by its own name.</summary>
    public IReadOnlyDictionary<string, PtxType> Registers => registers;

    /// <summary>How many braces are open.</summary>
    public int Depth => scopes.Count;

    public void Open() => scopes.Push([]);

    public void Close() => scopes.Pop();

    /// <summary>Declares a name in the innermost braces and gives the one that stands for it in the tree.</summary>
    public string Declare(PtxSymbolKind kind, string name, int line)
    {
        var scope = scopes.Peek();
        if (scope.TryGetValue(name, out var first))
            throw reader.Error(line, $"\"{name}\" is declared twice, first on line {first.Line}.");
        var own = name;
        if (used.TryGetValue(name, out var count) || module.ContainsKey(name))
            own = $"{name}#{Math.Max(count, 1) + 1}";
        used[name] = Math.Max(count, own == name ? 0 : 1) + 1;
        scope.Add(name, new PtxDeclared(kind, own, line));
        return own;
    }

    /// <summary>Declares a register.</summary>
    public void DeclareRegister(string name, PtxType type, int line) =>
        registers.Add(Declare(PtxSymbolKind.Register, name, line), type);

    /// <summary>What a name stands for here, or null.</summary>
    public PtxDeclared? Find(string name)
    {
        foreach (var scope in scopes)
            if (scope.TryGetValue(name, out var symbol))
                return symbol;
        return module.TryGetValue(name, out var outer) ? outer : null;
    }

    /// <summary>Whether a register holds one bit.</summary>
    public bool IsPredicate(PtxRegister register) =>
        registers.TryGetValue(register.Name, out var type) && type == PtxType.Pred;
}
