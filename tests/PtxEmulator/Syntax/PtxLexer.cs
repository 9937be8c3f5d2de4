namespace ZfNet.PtxEmulator.Syntax;

/// <summary>
/// Cuts PTX into tokens. It never fails: what cannot be cut becomes one Bad token, so that the parser can complain of
/// what comes before it first (a newer ISA, for example).
/// </summary>
internal ref struct PtxLexer
{
    const string Marks = ",;:()[]{}<>+-!|@=";

    readonly ReadOnlySpan<char> text;
    readonly List<PtxToken> tokens = [];
    int at;
    int line = 1;

    PtxLexer(ReadOnlySpan<char> text) => this.text = text;

    /// <summary>All tokens of a text; the last is an End.</summary>
    public static List<PtxToken> Read(ReadOnlySpan<char> text)
    {
        var lexer = new PtxLexer(text);
        lexer.ReadAll();
        return lexer.tokens;
    }

    static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    readonly char Peek(int ahead) => at + ahead < text.Length ? text[at + ahead] : '\0';

    void ReadAll()
    {
        while (SkipBlanks() && at < text.Length)
        {
            var length = Measure(out var kind);
            tokens.Add(new PtxToken(kind, at, length, line));
            at += length;
            if (kind == PtxTokenKind.Bad)
                break;
        }
        tokens.Add(new PtxToken(PtxTokenKind.End, at, 0, line));
    }

    /// <summary>Goes past blanks and comments; false (with a Bad token) for a comment without an end.</summary>
    bool SkipBlanks()
    {
        while (at < text.Length)
        {
            var c = text[at];
            if (c == '\n')
            {
                line++;
                at++;
            }
            else if (c is ' ' or '\t' or '\r' or '\f' or '\v' || (c == '\uFEFF' && at == 0))
                at++;
            else if (c == '/' && Peek(1) == '/')
            {
                var length = text[at..].IndexOf('\n');
                at = length < 0 ? text.Length : at + length;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                var length = text[(at + 2)..].IndexOf("*/");
                if (length < 0)
                {
                    tokens.Add(new PtxToken(PtxTokenKind.Bad, at, 2, line));
                    return false;
                }
                line += text.Slice(at, length + 4).Count('\n');
                at += length + 4;
            }
            else
                break;
        }
        return true;
    }

    readonly int Measure(out PtxTokenKind kind)
    {
        var c = text[at];
        if (IsWordStart(c))
        {
            kind = PtxTokenKind.Word;
            return MeasureWord(1);
        }
        if (c == '.' && IsWordPart(Peek(1)))
        {
            kind = PtxTokenKind.Dotted;
            var length = MeasureWord(2);
            while (Peek(length) == ':' && Peek(length + 1) == ':' && IsWordPart(Peek(length + 2)))
                length = MeasureWord(length + 3);
            return length;
        }
        if (char.IsAsciiDigit(c))
        {
            kind = PtxTokenKind.Number;
            return MeasureNumber();
        }
        if (c == '"')
            return MeasureString(out kind);
        kind = Marks.Contains(c) ? PtxTokenKind.Mark : PtxTokenKind.Bad;
        return 1;
    }

    readonly int MeasureWord(int length)
    {
        while (IsWordPart(Peek(length)))
            length++;
        return length;
    }

    readonly int MeasureNumber()
    {
        // An exponent may have a sign; in 0x1E-3 the E is a digit.
        var prefixed = text[at] == '0' && Peek(1) is 'x' or 'X' or 'f' or 'F' or 'd' or 'D';
        var length = 1;
        while (IsWordPart(Peek(length)) || Peek(length) == '.' ||
            (!prefixed && Peek(length) is '+' or '-' && Peek(length - 1) is 'e' or 'E'))
            length++;
        return length;
    }

    readonly int MeasureString(out PtxTokenKind kind)
    {
        var length = text[(at + 1)..].IndexOfAny('"', '\n');
        var closed = length >= 0 && text[at + 1 + length] == '"';
        kind = closed ? PtxTokenKind.Text : PtxTokenKind.Bad;
        return closed ? length + 2 : 1;
    }
}
