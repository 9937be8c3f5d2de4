using System.Text;

namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads instructions: guard, opcode, operands.</summary>
internal sealed class PtxInstructionParser(PtxContext context, PtxSymbols symbols)
{
    readonly PtxReader reader = context.Reader;
    readonly PtxOperandParser operands = new(context.Reader, symbols);
    readonly StringBuilder text = new();

    /// <summary>The instruction that comes next, with its semicolon.</summary>
    public PtxInstruction Read(SourceLocation? source)
    {
        var first = reader.Current;
        PtxGuard? guard = null;
        if (reader.TryTake('@'))
        {
            var negated = reader.TryTake('!');
            guard = new PtxGuard(operands.ReadPredicate().Name, negated);
        }
        var (opcode, modifiers) = context.ReadOpcode();
        var list = new List<PtxOperand>(4);
        if (!reader.At(';'))
        {
            do
                list.Add(operands.Read(opcode));
            while (reader.TryTake(','));
        }
        var end = reader.Current.Start;
        if (!reader.TryTake(';'))
            throw reader.Expected("',' or ';'");
        return new PtxInstruction(opcode, modifiers, list, guard, first.Line, source, OnOneLine(first.Start, end));
    }

    /// <summary>The text without comments; blanks between tokens become one, or none next to a bracket.</summary>
    string OnOneLine(int start, int end)
    {
        text.Clear();
        var at = reader.Position - 1;
        while (reader.Tokens[at].Start > start)
            at--;
        var last = start;
        for (; reader.Tokens[at].Start < end; at++)
        {
            var token = reader.Tokens[at];
            var characters = reader.Characters(token);
            var blank = token.Start > last && text[^1] is not ('(' or '[' or '{');
            if (blank && characters[0] is not (')' or ']' or '}' or ','))
                text.Append(' ');
            text.Append(characters);
            last = token.End;
        }
        return text.ToString();
    }
}
