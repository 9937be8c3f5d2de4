using System.Globalization;

namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Numbers as PTX writes them.</summary>
internal static class PtxNumber
{
    /// <summary>Reads a number without its sign; null where it is none or does not fit.</summary>
    public static PtxImmediate? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length > 2 && text[0] == '0')
        {
            var digits = text[2..];
            switch (text[1])
            {
                case 'f' or 'F':
                    return Hexadecimal(digits, PtxImmediateKind.Float32, 8);
                case 'd' or 'D':
                    return Hexadecimal(digits, PtxImmediateKind.Float64, 16);
                case 'x' or 'X':
                    return Hexadecimal(WithoutSuffix(digits), PtxImmediateKind.Integer, null);
                case 'b' or 'B':
                    return ulong.TryParse(WithoutSuffix(digits), NumberStyles.AllowBinarySpecifier,
                        CultureInfo.InvariantCulture, out var binary) ? Integer(binary) : null;
            }
        }
        if (text.IndexOfAny('.', 'e', 'E') >= 0)
        {
            const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
                ? new PtxImmediate(BitConverter.DoubleToUInt64Bits(real), PtxImmediateKind.Float64)
                : null;
        }
        var plain = WithoutSuffix(text);
        if (plain.Length > 1 && plain[0] == '0')
            return Octal(plain[1..]);
        return ulong.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? Integer(value)
            : null;
    }

    /// <summary>The number with the other sign.</summary>
    public static PtxImmediate Negate(PtxImmediate number) => number.Kind switch
    {
        PtxImmediateKind.Float32 => number with { Bits = number.Bits ^ 0x8000_0000 },
        PtxImmediateKind.Float64 => number with { Bits = number.Bits ^ 0x8000_0000_0000_0000 },
        _ => number with { Bits = 0 - number.Bits },
    };

    static PtxImmediate Integer(ulong bits) => new(bits, PtxImmediateKind.Integer);

    static ReadOnlySpan<char> WithoutSuffix(ReadOnlySpan<char> text) => text is [.., 'U'] ? text[..^1] : text;

    static PtxImmediate? Hexadecimal(ReadOnlySpan<char> digits, PtxImmediateKind kind, int? count) =>
        (count is null || digits.Length == count)
        && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            ? new PtxImmediate(bits, kind)
            : null;

    static PtxImmediate? Octal(ReadOnlySpan<char> digits)
    {
        ulong bits = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || bits >> 61 != 0)
                return null;
            bits = bits << 3 | (uint)(digit - '0');
        }
        return Integer(bits);
    }
}
