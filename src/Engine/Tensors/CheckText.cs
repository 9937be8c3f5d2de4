using System.Runtime.CompilerServices;

namespace ZfNet.Engine;

/// <summary>What a check says, put together only where it fails: every op makes some checks, and most hold.</summary>
[InterpolatedStringHandler]
internal ref struct CheckText
{
    private readonly string? text;
    private DefaultInterpolatedStringHandler parts;

    /// <summary>An interpolated sentence; the compiler asks whether its parts are wanted.</summary>
    public CheckText(int literalLength, int formattedCount, bool condition, out bool isWanted)
    {
        isWanted = !condition;
        if (isWanted)
            parts = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    private CheckText(string text) => this.text = text;

    public static implicit operator CheckText(string text) => new(text);

    public void AppendLiteral(string value) => parts.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => parts.AppendFormatted(value);

    public override string ToString() => text ?? parts.ToStringAndClear();
}
