namespace ZfNet.PtxEmulator.Syntax;

/// <summary>What the parts of a module's parser share.</summary>
internal sealed class PtxContext(PtxReader reader, PtxLookahead lookahead, Version version)
{
    readonly Dictionary<string, (string Opcode, string[] Modifiers)> opcodes = [];
    long registers;

    /// <summary>The tokens.</summary>
    public PtxReader Reader => reader;

    /// <summary>Labels and source files.</summary>
    public PtxLookahead Lookahead => lookahead;

    /// <summary>Declarations of variables.</summary>
    public PtxVariableParser Variables { get; } = new(reader, version);

    /// <summary>Variables and functions declared so far.</summary>
    public Dictionary<string, PtxDeclared> Names { get; } = [];

    /// <summary>Counts registers against what a function and a module may have.</summary>
    public void CountRegisters(int inFunction, int more)
    {
        registers += more;
        if (inFunction + more > PtxLimits.FunctionRegisters)
            throw reader.Error(reader.Line, $"a function declares more than {PtxLimits.FunctionRegisters} registers.");
        if (registers > PtxLimits.ModuleRegisters)
            throw reader.Error(reader.Line, $"the module declares more than {PtxLimits.ModuleRegisters} registers.");
    }

    /// <summary>The opcode and modifiers that come next; instructions that are written alike share them.</summary>
    public (string Opcode, string[] Modifiers) ReadOpcode()
    {
        var word = reader.Expect(PtxTokenKind.Word, "an instruction");
        if (reader.Characters(word)[0] is '%' or '$' or '_')
            throw reader.Error(word.Line, $"expected an instruction, found {reader.Quote(word)}.");
        var first = reader.Position;
        while (reader.At(PtxTokenKind.Dotted))
            reader.Take();
        var end = reader.Tokens[reader.Position - 1].End;
        var text = reader.Name(reader.Between(word.Start, end));
        if (!opcodes.TryGetValue(text, out var opcode))
        {
            opcode.Opcode = reader.Name(word);
            opcode.Modifiers = new string[reader.Position - first];
            for (var i = 0; i < opcode.Modifiers.Length; i++)
                opcode.Modifiers[i] = reader.Name(reader.Characters(reader.Tokens[first + i])[1..]);
            opcodes.Add(text, opcode);
        }
        return opcode;
    }
}
