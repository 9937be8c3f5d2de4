namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Walks over the tokens of a module and writes the sentences of what is wrong with them.</summary>
internal sealed class PtxReader
{
    readonly string module;
    readonly string text;
    readonly List<PtxToken> tokens;
    readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> names =
        new HashSet<string>().GetAlternateLookup<ReadOnlySpan<char>>();

    public PtxReader(string module, string text)
    {
        this.module = module;
        this.text = text;
        tokens = PtxLexer.Read(text);
    }

    /// <summary>Which token comes next.</summary>
    public int Position { get; private set; }

    /// <summary>All tokens, for a look ahead.</summary>
    public IReadOnlyList<PtxToken> Tokens => tokens;

    /// <summary>The next token.</summary>
    public PtxToken Current
    {
        get
        {
            var token = tokens[Position];
            return token.Kind == PtxTokenKind.Bad ? throw Unreadable(token) : token;
        }
    }

    /// <summary>The line of the next token.</summary>
    public int Line => tokens[Position].Line;

    /// <summary>The characters of a token.</summary>
    public ReadOnlySpan<char> Characters(PtxToken token) => text.AsSpan(token.Start, token.Length);

    /// <summary>The characters of a token as a string; equal ones share one.</summary>
    public string Name(PtxToken token) => Name(Characters(token));

    /// <summary>Characters as a string; equal ones share one.</summary>
    public string Name(ReadOnlySpan<char> characters)
    {
        if (names.TryGetValue(characters, out var name))
            return name;
        names.Add(characters);
        names.TryGetValue(characters, out name);
        return name!;
    }

    /// <summary>The text between two places, comments included.</summary>
    public ReadOnlySpan<char> Between(int start, int end) => text.AsSpan(start..end);

    /// <summary>Whether the next token is this mark.</summary>
    public bool At(char mark) => IsMark(Current, mark);

    /// <summary>Whether a token is this mark.</summary>
    public bool IsMark(PtxToken token, char mark) => token.Kind == PtxTokenKind.Mark && text[token.Start] == mark;

    /// <summary>Whether the next token is of this kind.</summary>
    public bool At(PtxTokenKind kind) => Current.Kind == kind;

    /// <summary>Whether the next token reads so.</summary>
    public bool At(string word) =>
        Current.Kind is PtxTokenKind.Word or PtxTokenKind.Dotted && Characters(Current).SequenceEqual(word);

    /// <summary>The next token, and on to the one after it. The End stays.</summary>
    public PtxToken Take()
    {
        var token = Current;
        if (token.Kind != PtxTokenKind.End)
            Position++;
        return token;
    }

    /// <summary>Goes past this mark if it is next.</summary>
    public bool TryTake(char mark)
    {
        if (!At(mark))
            return false;
        Position++;
        return true;
    }

    /// <summary>Goes past this word if it is next.</summary>
    public bool TryTake(string word)
    {
        if (!At(word))
            return false;
        Position++;
        return true;
    }

    /// <summary>Goes past this mark, which must be next.</summary>
    public void Expect(char mark)
    {
        if (!TryTake(mark))
            throw Expected($"'{mark}'");
    }

    /// <summary>Goes past a token of this kind, which must be next.</summary>
    public PtxToken Expect(PtxTokenKind kind, string what) => At(kind) ? Take() : throw Expected(what);

    /// <summary>An integer with an optional sign, within bounds.</summary>
    public long Integer(string what, long least, long most)
    {
        var line = Line;
        var negative = TryTake('-');
        var token = Expect(PtxTokenKind.Number, what);
        var number = PtxNumber.Parse(Characters(token));
        if (number is not { Kind: PtxImmediateKind.Integer })
            throw Error(line, $"{Quote(token)} is not an integer of at most 64 bits.");
        var value = negative ? -(Int128)number.Bits : number.Bits;
        if (value < least || value > most)
            throw Error(line, $"{what} must be between {least} and {most}, not {value}.");
        return (long)value;
    }

    /// <summary>Goes past the strings of a <c>.pragma</c> and its semicolon: they are hints to ptxas.</summary>
    public void SkipPragma()
    {
        do
            Expect(PtxTokenKind.Text, "a string");
        while (TryTake(','));
        Expect(';');
    }

    /// <summary>What is wrong with a line.</summary>
    public PtxException Error(int line, string what) => new(module, line, what);

    /// <summary>What was expected instead of the next token.</summary>
    public PtxException Expected(string what) => Error(Line, $"expected {what}, found {Quote(Current)}.");

    /// <summary>A token for a sentence.</summary>
    public string Quote(PtxToken token)
    {
        if (token.Kind == PtxTokenKind.End)
            return "the end of the text";
        var characters = Characters(token);
        return characters.Length > 60 ? $"\"{characters[..60]}...\"" : $"\"{characters.Trim('"')}\"";
    }

    PtxException Unreadable(PtxToken token) => Error(token.Line, text[token.Start] switch
    {
        '/' when token.Length == 2 => "the comment that starts here does not end.",
        '"' => "the string that starts here does not end on its line.",
        var c when c is > ' ' and < '\u007F' => $"the character '{c}' has no meaning here.",
        var c => $"the character U+{(int)c:X4} has no meaning here.",
    });
}
