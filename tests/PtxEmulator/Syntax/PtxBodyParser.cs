namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads the body of a function: declarations, labels and instructions between its braces.</summary>
internal sealed class PtxBodyParser(PtxContext context, PtxSymbols symbols, string function)
{
    readonly PtxReader reader = context.Reader;
    readonly PtxInstructionParser parser = new(context, symbols);
    readonly List<PtxVariable> variables = [];
    readonly List<PtxInstruction> instructions = [];
    readonly Dictionary<string, int> labels = [];
    readonly Dictionary<string, IReadOnlyList<string>> tables = [];
    SourceLocation? source;

    public IReadOnlyList<PtxVariable> Variables => variables;

    public IReadOnlyList<PtxInstruction> Instructions => instructions;

    public IReadOnlyDictionary<string, int> Labels => labels;

    public IReadOnlyDictionary<string, IReadOnlyList<string>> BranchTargets => tables;

    /// <summary>Reads it. The function's outermost scope, with its parameters, is open already and stays so.</summary>
    public void Read()
    {
        var outermost = symbols.Depth;
        var brace = reader.Position;
        reader.Expect('{');
        DeclareLabels(brace);
        while (true)
        {
            brace = reader.Position;
            if (reader.TryTake('{'))
                Open(brace);
            else if (reader.TryTake('}'))
            {
                if (symbols.Depth == outermost)
                    return;
                symbols.Close();
            }
            else if (reader.At(PtxTokenKind.Dotted))
                ReadDirective();
            else if (reader.At(PtxTokenKind.End))
                throw reader.Error(reader.Line, $"the text ends inside the function \"{function}\".");
            else if (!TryReadLabel())
                instructions.Add(parser.Read(source));
        }
    }

    void Open(int brace)
    {
        if (symbols.Depth == PtxLimits.ScopeDepth)
            throw reader.Error(reader.Line, $"braces nest deeper than {PtxLimits.ScopeDepth} levels.");
        symbols.Open();
        DeclareLabels(brace);
    }

    void DeclareLabels(int brace)
    {
        foreach (var (label, isTable) in context.Lookahead.Labels(brace))
            symbols.Declare(
                isTable ? PtxSymbolKind.TargetTable : PtxSymbolKind.Label, reader.Name(label), label.Line);
    }

    void ReadDirective()
    {
        var directive = reader.Take();
        switch (reader.Characters(directive))
        {
            case ".reg":
                ReadRegisters();
                return;
            case ".loc":
                ReadLocation(directive.Line);
                return;
            case ".pragma":
                reader.SkipPragma();
                return;
        }
        var isExtern = reader.Characters(directive).SequenceEqual(".extern");
        if (isExtern)
            directive = reader.Expect(PtxTokenKind.Dotted, "a state space");
        if (PtxVariableParser.Space(reader.Characters(directive)) is not { } space)
            throw reader.Error(
                directive.Line, $"the directive {reader.Quote(directive)} is not supported in a function.");
        foreach (var variable in context.Variables.ReadStatement(space, isExtern))
        {
            var name = symbols.Declare(PtxSymbolKind.Variable, variable.Name, variable.Line);
            variables.Add(variable with { Name = name });
        }
    }

    /// <summary>Registers, one by one or numbered: <c>.reg .b32 %r&lt;5&gt;, x;</c> has %r0 to %r4 and x.</summary>
    void ReadRegisters()
    {
        if (reader.At(".v2") || reader.At(".v4"))
            throw reader.Error(reader.Line, "registers that are vectors are not supported.");
        var type = context.Variables.ReadType();
        do
        {
            var token = reader.Expect(PtxTokenKind.Word, "a register's name");
            var name = reader.Name(token);
            if (reader.TryTake('<'))
            {
                var count = (int)reader.Integer("the number of registers", 0, PtxLimits.FunctionRegisters);
                reader.Expect('>');
                context.CountRegisters(symbols.Registers.Count, count);
                for (var i = 0; i < count; i++)
                    symbols.DeclareRegister($"{name}{i}", type, token.Line);
            }
            else
            {
                context.CountRegisters(symbols.Registers.Count, 1);
                symbols.DeclareRegister(name, type, token.Line);
            }
        }
        while (reader.TryTake(','));
        if (!reader.TryTake(';'))
            throw reader.Expected("',' or ';'");
    }

    /// <summary>
    /// <c>.loc file line column</c>, for inlined code with <c>, function_name label, inlined_at file line column</c>.
    /// The instructions get the place where they were written, not where they were inlined.
    /// </summary>
    void ReadLocation(int line)
    {
        source = ReadPlace(line);
        if (!reader.TryTake(','))
            return;
        if (!reader.TryTake("function_name"))
            throw reader.Expected("function_name");
        reader.Expect(PtxTokenKind.Word, "a label");
        if (reader.TryTake('+'))
            reader.Integer("an offset", 0, int.MaxValue);
        reader.Expect(',');
        if (!reader.TryTake("inlined_at"))
            throw reader.Expected("inlined_at");
        ReadPlace(line);
    }

    SourceLocation? ReadPlace(int line)
    {
        var number = reader.Integer("the number of a source file", 0, int.MaxValue);
        var file = context.Lookahead.File(number)
            ?? throw reader.Error(line, $"there is no source file number {number}.");
        var place = (int)reader.Integer("a source line", 0, int.MaxValue);
        reader.Integer("a source column", 0, int.MaxValue);
        // Line 0 is code that no line of the source asked for.
        return place == 0 ? null : new SourceLocation(file, place);
    }

    bool TryReadLabel()
    {
        if (!reader.At(PtxTokenKind.Word) || !reader.IsMark(reader.Tokens[reader.Position + 1], ':'))
            return false;
        var label = reader.Take();
        reader.Take();
        // Declared when these braces opened.
        var name = symbols.Find(reader.Name(label))!.Value.Name;
        if (reader.TryTake(".branchtargets"))
            tables.Add(name, ReadTargets());
        else if (reader.At(".callprototype") || reader.At(".calltargets"))
            throw reader.Error(label.Line, "calls through a pointer are not supported.");
        else
            labels.Add(name, instructions.Count);
        return true;
    }

    List<string> ReadTargets()
    {
        var targets = new List<string>();
        do
        {
            var token = reader.Expect(PtxTokenKind.Word, "a label");
            targets.Add(symbols.Find(reader.Name(token)) is { Kind: PtxSymbolKind.Label } label
                ? label.Name
                : throw reader.Error(token.Line, $"there is no label named {reader.Quote(token)}."));
        }
        while (reader.TryTake(','));
        if (!reader.TryTake(';'))
            throw reader.Expected("',' or ';'");
        return targets;
    }
}
