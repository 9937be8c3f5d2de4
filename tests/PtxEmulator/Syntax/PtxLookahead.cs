namespace ZfNet.PtxEmulator.Syntax;

/// <summary>
/// What the text says later but is needed before: labels (a jump may lead forward) and the table of source files (nvcc
/// writes it at the end).
/// </summary>
internal sealed class PtxLookahead
{
    readonly Dictionary<int, List<(PtxToken, bool)>> labels = [];
    readonly Dictionary<long, string> files = [];

    public PtxLookahead(PtxReader reader)
    {
        var tokens = reader.Tokens;
        var open = new Stack<int>();
        for (var i = 0; i < tokens.Count; i++)
            if (reader.IsMark(tokens[i], '{'))
                open.Push(i);
            else if (reader.IsMark(tokens[i], '}'))
                open.TryPop(out _);
            else if (open.Count > 0 && reader.IsMark(tokens[i], ':') && tokens[i - 1].Kind == PtxTokenKind.Word)
            {
                if (!labels.TryGetValue(open.Peek(), out var list))
                    labels[open.Peek()] = list = [];
                list.Add((tokens[i - 1], IsDotted(reader, i + 1, ".branchtargets")));
            }
            else if (IsDotted(reader, i, ".file"))
                ReadFile(reader, i);
    }

    /// <summary>The labels right inside the braces that open with this token, and whether each is a table's.</summary>
    public IReadOnlyList<(PtxToken Label, bool IsTable)> Labels(int brace) => labels.GetValueOrDefault(brace) ?? [];

    /// <summary>The path of a source file by its number, or null.</summary>
    public string? File(long number) => files.GetValueOrDefault(number);

    static bool IsDotted(PtxReader reader, int at, string word) =>
        reader.Tokens[at].Kind == PtxTokenKind.Dotted && reader.Characters(reader.Tokens[at]).SequenceEqual(word);

    void ReadFile(PtxReader reader, int at)
    {
        var tokens = reader.Tokens;
        if (at + 2 >= tokens.Count || tokens[at + 2].Kind != PtxTokenKind.Text)
            return;
        var number = PtxNumber.Parse(reader.Characters(tokens[at + 1]));
        if (number is { Kind: PtxImmediateKind.Integer, Bits: <= int.MaxValue })
            files.TryAdd((long)number.Bits, reader.Characters(tokens[at + 2])[1..^1].ToString());
    }
}
