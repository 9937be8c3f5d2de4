namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads operands and says what their names stand for.</summary>
internal sealed class PtxOperandParser(PtxReader reader, PtxSymbols symbols)
{
    // Records compare by value, so equal operands may be one object; kernels repeat theirs all the time.
    readonly Dictionary<string, PtxRegister> registers = [];

    /// <summary>An operand of an instruction.</summary>
    /// <param name="opcode">The instruction's, for the sentence on an unknown name.</param>
    public PtxOperand Read(string opcode)
    {
        if (reader.TryTake('['))
            return ReadAddress(opcode);
        if (reader.TryTake('{'))
            return new PtxVector(ReadList('}', opcode));
        if (reader.TryTake('('))
            return new PtxArguments(ReadList(')', opcode));
        if (reader.TryTake('!'))
            return new PtxNegated(ReadPredicate());
        var first = ReadSimple(opcode);
        if (!reader.TryTake('|'))
            return first;
        if (first is not (PtxRegister or PtxSink))
            throw reader.Error(reader.Line, "only registers can stand before '|'.");
        return ReadSimple(opcode) is var second && second is PtxRegister or PtxSink
            ? new PtxPair(first, second)
            : throw reader.Error(reader.Line, "only registers can stand after '|'.");
    }

    /// <summary>The name of a predicate register, which must be next.</summary>
    public PtxRegister ReadPredicate()
    {
        var token = reader.Expect(PtxTokenKind.Word, "a predicate");
        if (ReadName(token, string.Empty) is PtxRegister register && symbols.IsPredicate(register))
            return register;
        throw reader.Error(token.Line, $"{reader.Quote(token)} is not a predicate.");
    }

    List<PtxOperand> ReadList(char end, string opcode)
    {
        var list = new List<PtxOperand>();
        if (reader.TryTake(end))
            return list;
        do
            list.Add(ReadSimple(opcode));
        while (reader.TryTake(','));
        if (!reader.TryTake(end))
            throw reader.Expected($"',' or '{end}'");
        return list;
    }

    PtxAddress ReadAddress(string opcode)
    {
        var place = ReadSimple(opcode, offset: false);
        if (place is PtxSink)
            throw reader.Error(reader.Line, "an address cannot be '_'.");
        var offset = ReadOffset();
        if (reader.At(','))
            throw reader.Error(reader.Line, "addresses of textures and tensors ([a, {...}]) are not supported.");
        if (!reader.TryTake(']'))
            throw reader.Expected("']'");
        return new PtxAddress(place, offset);
    }

    /// <summary>A register, a number, a sink or a symbol, the latter with an offset.</summary>
    PtxOperand ReadSimple(string opcode, bool offset = true)
    {
        if (reader.At(PtxTokenKind.Number) || reader.At('-') || reader.At('+'))
            return ReadNumber();
        var operand = ReadName(reader.Expect(PtxTokenKind.Word, "an operand"), opcode);
        return offset && operand is PtxSymbol symbol && ReadOffset() is var bytes and not 0
            ? symbol with { Offset = bytes }
            : operand;
    }

    PtxImmediate ReadNumber()
    {
        var negative = reader.TryTake('-');
        if (!negative)
            reader.TryTake('+');
        var token = reader.Expect(PtxTokenKind.Number, "a number");
        var number = PtxNumber.Parse(reader.Characters(token))
            ?? throw reader.Error(token.Line, $"{reader.Quote(token)} is not a number of at most 64 bits.");
        return negative ? PtxNumber.Negate(number) : number;
    }

    /// <summary>The bytes after a base: +8, -8 and nvcc's +-8; 0 where nothing follows.</summary>
    long ReadOffset()
    {
        var negative = reader.TryTake('-');
        if (!negative && !reader.TryTake('+'))
            return 0;
        var offset = reader.Integer("an offset", int.MinValue, uint.MaxValue);
        return negative ? -offset : offset;
    }

    PtxOperand ReadName(PtxToken token, string opcode)
    {
        var name = reader.Name(token);
        var component = reader.Tokens[reader.Position];
        if (component.Kind == PtxTokenKind.Dotted && component.Start == token.End)
        {
            reader.Take();
            name = reader.Name(reader.Between(token.Start, component.End));
            if (symbols.Find(reader.Name(token)) is { Kind: PtxSymbolKind.Register })
                throw reader.Error(token.Line, $"parts of a register (\"{name}\") are not supported.");
        }
        switch (name)
        {
            case "_":
                return Sink;
            case "WARP_SZ":
                return new PtxImmediate(32, PtxImmediateKind.Integer);
        }
        if (symbols.Find(name) is { } symbol)
            return symbol.Kind == PtxSymbolKind.Register ? Register(symbol.Name) : new PtxSymbol(symbol.Name, 0);
        if (PtxSpecialRegisters.Contains(name))
            return Register(name);
        var kinds = name[0] == '%' ? "register"
            : opcode is "bra" or "brx" ? "label"
            : "register, variable, function or label";
        throw reader.Error(token.Line, $"there is no {kinds} named \"{name}\".");
    }

    static PtxSink Sink { get; } = new();

    PtxRegister Register(string name)
    {
        if (!registers.TryGetValue(name, out var register))
            registers.Add(name, register = new PtxRegister(name));
        return register;
    }
}
