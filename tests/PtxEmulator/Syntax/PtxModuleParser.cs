namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads a module: its header, then variables and functions.</summary>
internal sealed class PtxModuleParser
{
    const int OldestMajor = 6;
    const int NewestMajor = 8;

    readonly PtxReader reader;
    readonly List<PtxVariable> variables = [];
    readonly List<PtxFunction> functions = [];
    readonly Dictionary<string, int> defined = [];
    readonly List<string> declarations = [];

    public PtxModuleParser(string name, string text)
    {
        Name = name;
        reader = new PtxReader(name, text);
    }

    string Name { get; }

    public PtxModule Read()
    {
        var version = ReadVersion();
        var target = ReadTarget();
        var context = new PtxContext(reader, new PtxLookahead(reader), version);
        while (!reader.At(PtxTokenKind.End))
            ReadItem(context);
        return new PtxModule
        {
            Name = Name,
            Version = version,
            Target = target,
            Variables = variables,
            Functions = functions,
            Declarations = [.. declarations.Where(d => !defined.ContainsKey(d)).Distinct()],
        };
    }

    Version ReadVersion()
    {
        if (!reader.TryTake(".version"))
            throw reader.Expected(".version");
        var token = reader.Expect(PtxTokenKind.Number, "an ISA version");
        if (!Version.TryParse(reader.Characters(token), out var version) || version.Build >= 0)
            throw reader.Error(token.Line, $"{reader.Quote(token)} is not an ISA version.");
        if (version.Major > NewestMajor)
            throw reader.Error(token.Line, $"PTX ISA {version} is newer than the newest supported, {NewestMajor}.x.");
        if (version.Major < OldestMajor)
            throw reader.Error(token.Line, $"PTX ISA {version} is older than the oldest supported, {OldestMajor}.0.");
        return version;
    }

    string ReadTarget()
    {
        if (!reader.TryTake(".target"))
            throw reader.Expected(".target");
        var target = reader.Expect(PtxTokenKind.Word, "a target");
        if (!IsArchitecture(reader.Characters(target)))
            throw reader.Error(target.Line, $"the target {reader.Quote(target)} is unknown; one looks like sm_75.");
        while (reader.TryTake(','))
            if (!reader.TryTake("debug") && !reader.TryTake("texmode_unified"))
                throw reader.Error(reader.Line, $"the target option {reader.Quote(reader.Current)} is not supported.");
        return reader.Name(target);
    }

    static bool IsArchitecture(ReadOnlySpan<char> target)
    {
        if (!target.StartsWith("sm_"))
            return false;
        var number = target[3..].TrimEnd('a');
        var isNumber = number.Length is 2 or 3 && number.IndexOfAnyExceptInRange('0', '9') < 0;
        return isNumber && target.Length <= 3 + number.Length + 1;
    }

    void ReadItem(PtxContext context)
    {
        var directive = reader.Expect(PtxTokenKind.Dotted, "a directive");
        switch (reader.Characters(directive))
        {
            case ".address_size":
                ReadAddressSize();
                return;
            case ".file":
                ReadFile();
                return;
            case ".section":
                SkipSection();
                return;
            case ".pragma":
                reader.SkipPragma();
                return;
        }
        var isExtern = false;
        while (reader.Characters(directive) is ".visible" or ".weak" or ".extern")
        {
            isExtern |= reader.Characters(directive) is ".extern";
            directive = reader.Expect(PtxTokenKind.Dotted, "a variable or a function");
        }
        if (reader.Characters(directive) is ".entry" or ".func")
            ReadFunction(context, reader.Characters(directive) is ".entry");
        else if (PtxVariableParser.Space(reader.Characters(directive)) is { } space
            && space is not (PtxSpace.Local or PtxSpace.Param))
            foreach (var variable in context.Variables.ReadStatement(space, isExtern))
            {
                var declared = new PtxDeclared(PtxSymbolKind.Variable, variable.Name, variable.Line);
                if (!context.Names.TryAdd(variable.Name, declared))
                    throw Twice(context, variable.Name, variable.Line);
                variables.Add(variable);
            }
        else
            throw reader.Error(directive.Line, $"the directive {reader.Quote(directive)} is not supported.");
    }

    void ReadFunction(PtxContext context, bool isEntry)
    {
        var line = reader.Line;
        var function = new PtxFunctionParser(context).Read(isEntry, out var name);
        if (function is null)
            declarations.Add(name);
        else if (defined.TryGetValue(name, out var first))
            throw reader.Error(line, $"the function \"{name}\" is defined twice, first on line {first}.");
        else
        {
            functions.Add(function);
            defined.Add(name, line);
        }
        context.Names.TryAdd(name, new PtxDeclared(PtxSymbolKind.Function, name, line));
        if (context.Names[name].Kind != PtxSymbolKind.Function)
            throw Twice(context, name, line);
    }

    PtxException Twice(PtxContext context, string name, int line) =>
        reader.Error(line, $"\"{name}\" is declared twice, first on line {context.Names[name].Line}.");

    void ReadAddressSize()
    {
        var line = reader.Line;
        if (reader.Integer("the size of an address", 0, long.MaxValue) is var bits and not 64)
            throw reader.Error(line, $"addresses of {bits} bits are not supported; they must have 64.");
    }

    /// <summary>.file number "path" [, time, size]; the look-ahead has read it already.</summary>
    void ReadFile()
    {
        reader.Integer("the number of a source file", 0, int.MaxValue);
        reader.Expect(PtxTokenKind.Text, "a path in quotes");
        if (!reader.TryTake(','))
            return;
        reader.Integer("a time", 0, long.MaxValue);
        reader.Expect(',');
        reader.Integer("a size", 0, long.MaxValue);
    }

    /// <summary>.section name { DWARF }</summary>
    void SkipSection()
    {
        var line = reader.Line;
        reader.Expect(PtxTokenKind.Dotted, "a section's name");
        reader.Expect('{');
        for (var depth = 1; depth > 0;)
        {
            var token = reader.Take();
            if (token.Kind == PtxTokenKind.End)
                throw reader.Error(token.Line, $"the text ends inside the section that starts on line {line}.");
            depth += reader.IsMark(token, '{') ? 1 : reader.IsMark(token, '}') ? -1 : 0;
        }
    }
}
