using System.Buffers.Binary;

namespace ZfNet.PtxEmulator.Syntax;

/// <summary>
/// Reads initial values: a number, or braces that nest as the array's dimensions do and may end early, as in C. The
/// bytes end with the last value that is written.
/// </summary>
internal sealed class PtxInitialiser(PtxReader reader, PtxType type, long limit)
{
    readonly List<byte> bytes = [];

    /// <summary>The bytes of a variable with these dimensions; none for a scalar.</summary>
    public ReadOnlyMemory<byte> Read(ReadOnlySpan<long> dimensions)
    {
        if (dimensions.IsEmpty)
            Write(0);
        else
            ReadLevel(dimensions, 0);
        return bytes.ToArray();
    }

    /// <summary>Elements of an array whose first size is left out: as many rows as were begun.</summary>
    public long Count(int width, ReadOnlySpan<long> dimensions)
    {
        long row = width;
        foreach (var size in dimensions[1..])
            row *= size;
        return (bytes.Count / type.Bytes() + row - 1) / row * row;
    }

    /// <summary>Braces that start at an element: rows of the inner dimensions, or values in the last.</summary>
    void ReadLevel(ReadOnlySpan<long> dimensions, long element)
    {
        reader.Expect('{');
        if (reader.TryTake('}'))
            return;
        var inner = dimensions[1..];
        long row = 1;
        foreach (var size in inner)
            row *= size;
        var end = dimensions[0] == 0 ? limit / type.Bytes() : element + dimensions[0] * row;
        do
        {
            if (element >= end)
                throw reader.Error(reader.Line, "there are more initial values than elements.");
            if (reader.At('{') == inner.IsEmpty)
                throw reader.Error(reader.Line, "the braces do not match the array's dimensions.");
            if (inner.IsEmpty)
                Write(element);
            else
                ReadLevel(inner, element);
            element += row;
        }
        while (reader.TryTake(','));
        if (!reader.TryTake('}'))
            throw reader.Expected("',' or '}'");
    }

    void Write(long element)
    {
        var line = reader.Line;
        if (reader.At(PtxTokenKind.Word))
        {
            // nvcc writes generic(name) for an address that any space may hold.
            if (reader.TryTake("generic"))
                reader.Expect('(');
            throw reader.Error(line, $"an address ({reader.Quote(reader.Current)}) as initial value is not supported.");
        }
        var negative = reader.TryTake('-');
        if (!negative)
            reader.TryTake('+');
        var token = reader.Expect(PtxTokenKind.Number, "a number");
        var number = PtxNumber.Parse(reader.Characters(token))
            ?? throw reader.Error(line, $"{reader.Quote(token)} is not a number of at most 64 bits.");
        if (reader.At('('))
            throw reader.Error(line, "a part of an address as initial value is not supported.");
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, Bits(number, negative)
            ?? throw reader.Error(line, $"{(negative ? "-" : "")}{reader.Characters(token)} does not fit .{Spelt}."));
        var size = type.Bytes();
        if ((element + 1) * size > PtxLimits.InitialBytes)
            throw reader.Error(line, $"more than {PtxLimits.InitialBytes} bytes of initial values are not supported.");
        while (bytes.Count < element * size)
            bytes.Add(0);
        bytes.AddRange(value[..size]);
    }

    string Spelt => type.ToString().ToLowerInvariant();

    /// <summary>The bits of a number as an element, or null where it does not fit.</summary>
    ulong? Bits(PtxImmediate number, bool negative)
    {
        if (negative)
            number = PtxNumber.Negate(number);
        switch (number.Kind)
        {
            case PtxImmediateKind.Float32:
                return type is PtxType.F32 or PtxType.B32 ? number.Bits : null;
            case PtxImmediateKind.Float64:
                return type switch
                {
                    PtxType.F64 or PtxType.B64 => number.Bits,
                    PtxType.F32 => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(number.Bits)),
                    _ => null,
                };
        }
        if (type.IsFloat())
            return null;
        var width = 8 * type.Bytes();
        var (sign, magnitude) = negative ? (-1, 0 - number.Bits) : (1, number.Bits);
        var value = sign * (Int128)magnitude;
        return value >= -((Int128)1 << width - 1) && value < (Int128)1 << width ? number.Bits : null;
    }
}
