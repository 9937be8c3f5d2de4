namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads functions: what follows <c>.entry</c> or <c>.func</c>.</summary>
internal sealed class PtxFunctionParser(PtxContext context)
{
    readonly PtxReader reader = context.Reader;

    /// <summary>The function, or null for a declaration without a body.</summary>
    public PtxFunction? Read(bool isEntry, out string name)
    {
        var line = reader.Line;
        context.Variables.StartFunction();
        var symbols = new PtxSymbols(reader, context.Names);
        symbols.Open();
        var returns = !isEntry && reader.At('(') ? ReadParameters(symbols, isEntry) : [];
        name = reader.Name(reader.Expect(PtxTokenKind.Word, "a function's name"));
        var parameters = reader.At('(') ? ReadParameters(symbols, isEntry) : [];
        var (most, required) = ReadBounds(isEntry);
        if (reader.TryTake(';'))
            return null;
        if (!reader.At('{'))
            throw reader.Expected("'{'");
        // A function may call itself.
        context.Names.TryAdd(name, new PtxDeclared(PtxSymbolKind.Function, name, line));
        var body = new PtxBodyParser(context, symbols, name);
        body.Read();
        return new PtxFunction
        {
            Name = name,
            IsEntry = isEntry,
            Parameters = parameters,
            Returns = returns,
            Registers = symbols.Registers,
            Variables = body.Variables,
            Instructions = body.Instructions,
            Labels = body.Labels,
            BranchTargets = body.BranchTargets,
            MaxThreadsPerBlock = most,
            RequiredBlock = required,
            Line = line,
        };
    }

    List<PtxVariable> ReadParameters(PtxSymbols symbols, bool isEntry)
    {
        var parameters = new List<PtxVariable>();
        reader.Expect('(');
        if (reader.TryTake(')'))
            return parameters;
        do
        {
            if (reader.At(".reg"))
                throw reader.Error(reader.Line, "parameters in registers are not supported.");
            if (!reader.TryTake(".param"))
                throw reader.Expected(".param");
            var parameter = context.Variables.ReadParameter();
            if (parameter.Count == 0 && isEntry)
                throw reader.Error(parameter.Line, $"\"{parameter.Name}\" needs a size.");
            // Declarations may leave parameters without names.
            if (parameter.Name != "_")
                parameter = parameter with
                {
                    Name = symbols.Declare(PtxSymbolKind.Variable, parameter.Name, parameter.Line),
                };
            parameters.Add(parameter);
        }
        while (reader.TryTake(','));
        if (!reader.TryTake(')'))
            throw reader.Expected("',' or ')'");
        return parameters;
    }

    /// <summary>The directives between parameters and body; those that only guide ptxas are read and dropped.</summary>
    (int? Most, (int X, int Y, int Z)? Required) ReadBounds(bool isEntry)
    {
        int? most = null;
        (int, int, int)? required = null;
        while (reader.At(PtxTokenKind.Dotted))
        {
            var directive = reader.Take();
            switch (reader.Characters(directive))
            {
                case ".maxntid" when isEntry:
                    most = Product(ReadShape(), directive.Line);
                    break;
                case ".reqntid" when isEntry:
                    required = ReadShape();
                    most = Product(required.Value, directive.Line);
                    break;
                case ".minnctapersm" or ".maxnctapersm" when isEntry:
                    reader.Integer("the number of blocks", 0, int.MaxValue);
                    break;
                case ".maxnreg" when isEntry:
                    reader.Integer("the number of registers", 0, int.MaxValue);
                    break;
                case ".pragma":
                    reader.SkipPragma();
                    break;
                case ".noreturn" when !isEntry:
                    break;
                default:
                    var what = $"the directive {reader.Quote(directive)} is not supported before a body.";
                    throw reader.Error(directive.Line, what);
            }
        }
        return (most, required);
    }

    (int X, int Y, int Z) ReadShape()
    {
        Span<int> shape = [1, 1, 1];
        var axis = 0;
        do
            shape[axis++] = (int)reader.Integer("the number of threads", 1, PtxLimits.BlockThreads);
        while (axis < 3 && reader.TryTake(','));
        return (shape[0], shape[1], shape[2]);
    }

    int Product((int X, int Y, int Z) shape, int line)
    {
        var threads = (long)shape.X * shape.Y * shape.Z;
        return threads <= PtxLimits.BlockThreads
            ? (int)threads
            : throw reader.Error(line, $"a block of {threads} threads is more than {PtxLimits.BlockThreads}.");
    }
}
