using System.Numerics;

namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Reads declarations of variables and parameters: what follows <c>.global</c> or <c>.param</c>.</summary>
internal sealed class PtxVariableParser(PtxReader reader, Version version)
{
    readonly Dictionary<PtxSpace, long> totals = [];

    /// <summary>Starts a function: its local variables and parameters are counted anew.</summary>
    public void StartFunction()
    {
        totals.Remove(PtxSpace.Local);
        totals.Remove(PtxSpace.Param);
    }

    /// <summary>The space that a directive names (".shared"), or null.</summary>
    public static PtxSpace? Space(ReadOnlySpan<char> directive) => directive switch
    {
        ".global" => PtxSpace.Global,
        ".const" => PtxSpace.Const,
        ".shared" => PtxSpace.Shared,
        ".local" => PtxSpace.Local,
        ".param" => PtxSpace.Param,
        _ => null,
    };

    /// <summary>The type that the next token names, which must be one.</summary>
    public PtxType ReadType()
    {
        var token = reader.Expect(PtxTokenKind.Dotted, "a type");
        var name = reader.Characters(token)[1..];
        return !name.ContainsAnyInRange('A', 'Z') && PtxTypes.FromName(name.ToString()) is { } type
            ? type
            : throw reader.Error(token.Line, $"the type {reader.Quote(token)} is not supported.");
    }

    /// <summary>Declarations that share their type, up to and with the semicolon.</summary>
    public IEnumerable<PtxVariable> ReadStatement(PtxSpace space, bool isExtern)
    {
        var head = ReadHead();
        do
            yield return ReadDeclarator(space, head, isExtern, isParameter: false);
        while (reader.TryTake(','));
        if (!reader.TryTake(';'))
            throw reader.Expected("',' or ';'");
    }

    /// <summary>One parameter, after its <c>.param</c>.</summary>
    public PtxVariable ReadParameter() =>
        ReadDeclarator(PtxSpace.Param, ReadHead(), isExtern: false, isParameter: true);

    /// <summary>The type, alignment, and other words before a name.</summary>
    Head ReadHead()
    {
        PtxType? type = null;
        int? alignment = null;
        var width = 1;
        var pointer = false;
        while (reader.At(PtxTokenKind.Dotted))
            if (reader.TryTake(".align"))
            {
                var line = reader.Line;
                var bytes = (int)reader.Integer("an alignment", 1, PtxLimits.Alignment);
                if (!BitOperations.IsPow2(bytes))
                    throw reader.Error(line, $"an alignment must be a power of two, not {bytes}.");
                if (!pointer)
                    alignment = bytes;
            }
            else if (reader.TryTake(".attribute"))
                SkipAttribute();
            else if (reader.TryTake(".v2"))
                width = 2;
            else if (reader.TryTake(".v4"))
                width = 4;
            else if (reader.TryTake(".ptr"))
                pointer = true;
            else if (pointer && Space(reader.Characters(reader.Current)) is not null)
                reader.Take();
            else if (type is null)
                type = ReadType();
            else
                throw reader.Expected("a name");
        if (type is null)
            throw reader.Expected("a type");
        if (type == PtxType.Pred)
            throw reader.Error(reader.Line, "a variable cannot have the type .pred; only registers can.");
        return new Head(type.Value, width, alignment ?? type.Value.Bytes() * width);
    }

    /// <summary>.attribute(.managed) says where memory lives, which makes no difference here.</summary>
    void SkipAttribute()
    {
        reader.Expect('(');
        do
            reader.Expect(PtxTokenKind.Dotted, "an attribute");
        while (reader.TryTake(','));
        reader.Expect(')');
    }

    PtxVariable ReadDeclarator(PtxSpace space, Head head, bool isExtern, bool isParameter)
    {
        var token = reader.Expect(PtxTokenKind.Word, "a name");
        var name = reader.Name(token);
        if (name[0] == '%')
            throw reader.Error(token.Line, $"{reader.Quote(token)} is a register's name, not a variable's.");
        var limit = PtxLimits.Bytes(space, version);
        var dimensions = ReadDimensions(limit, head.Type, name);
        var count = head.Width * dimensions.Aggregate(1L, (product, n) => product * n);
        var initial = ReadOnlyMemory<byte>.Empty;
        if (reader.TryTake('='))
        {
            if (space is not (PtxSpace.Global or PtxSpace.Const) || isExtern || isParameter)
                throw reader.Error(token.Line, $"\"{name}\" cannot have an initial value.");
            var values = new PtxInitialiser(reader, head.Type, limit);
            initial = values.Read(head.Width > 1 ? [.. dimensions, head.Width] : dimensions);
            if (count == 0)
                count = values.Count(head.Width, dimensions);
        }
        if (count == 0 && !isExtern && !isParameter)
            throw reader.Error(token.Line, $"\"{name}\" needs a size.");
        var variable = new PtxVariable(name, space, head.Type, count, head.Alignment, initial, isExtern, token.Line);
        Account(variable, limit, isParameter);
        return variable;
    }

    /// <summary>The sizes in square brackets; 0 for the first where it is left out.</summary>
    long[] ReadDimensions(long limit, PtxType type, string name)
    {
        var dimensions = new List<long>();
        long product = type.Bytes();
        while (reader.At('['))
        {
            var line = reader.Take().Line;
            if (dimensions.Count == PtxLimits.Dimensions)
                throw reader.Error(line, $"\"{name}\" has more than {PtxLimits.Dimensions} dimensions.");
            var left = reader.At(']') && dimensions.Count == 0;
            var size = left ? 0 : reader.Integer($"the size of \"{name}\"", 1, limit);
            reader.Expect(']');
            dimensions.Add(size);
            product *= Math.Max(size, 1);
            if (product > limit)
                throw reader.Error(line, $"\"{name}\" needs more than the {limit} bytes that its state space has.");
        }
        return [.. dimensions];
    }

    void Account(PtxVariable variable, long limit, bool isParameter)
    {
        // Kernels share the shared variables of a module in part, and calls have their parameters one after another.
        var alone = variable.Space == PtxSpace.Shared || (variable.Space == PtxSpace.Param && !isParameter);
        var total = variable.Bytes + (alone ? 0 : totals.GetValueOrDefault(variable.Space));
        if (total > limit)
            throw reader.Error(variable.Line,
                $"with \"{variable.Name}\" the variables need {total} bytes; their state space has {limit}.");
        if (!alone)
            totals[variable.Space] = total;
    }

    readonly record struct Head(PtxType Type, int Width, int Alignment);
}
