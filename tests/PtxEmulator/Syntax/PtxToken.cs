namespace ZfNet.PtxEmulator.Syntax;

/// <summary>What a piece of PTX is.</summary>
internal enum PtxTokenKind : byte
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A name or opcode: <c>add</c>, <c>%r1</c>, <c>$L__BB0_1</c>, <c>_</c>.</summary>
    Word,

    /// <summary>A word after a dot, dot included: <c>.reg</c>, <c>.L2::128B</c>.</summary>
    Dotted,

    /// <summary>Anything that starts with a digit.</summary>
    Number,

    /// <summary>A string, quotes included.</summary>
    Text,

    /// <summary>One punctuation mark.</summary>
    Mark,

    /// <summary>What no PTX contains, or a string or comment without an end. Nothing follows it.</summary>
    Bad,
}

/// <summary>A piece of PTX: where it stands in the text.</summary>
internal readonly record struct PtxToken(PtxTokenKind Kind, int Start, int Length, int Line)
{
    /// <summary>Where the next character stands.</summary>
    public int End => Start + Length;
}
