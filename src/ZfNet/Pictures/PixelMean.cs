using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZfNet.Pictures;

/// <summary>A mean for every pixel and colour of a network's input, in units of <see cref="Preprocessing.ValueRange"/>.
/// It is equal to another by its values, and is base64 of its little-endian floats in JSON.</summary>
[JsonConverter(typeof(Converter))]
public sealed class PixelMean : IEquatable<PixelMean>
{
    private readonly float[] values;

    /// <summary>A mean from a copy of its values.</summary>
    /// <param name="values">(3, H, W): red, green and blue, whatever the order of channels.</param>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public PixelMean(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
            if (!float.IsFinite(value)) throw new ArgumentException($"PixelMean must be finite, not {value}.");
        this.values = values.ToArray();
    }

    /// <summary>(3, H, W), red first.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <inheritdoc/>
    public bool Equals(PixelMean? other) => other is not null && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PixelMean);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(Values));
        return hash.ToHashCode();
    }

    private sealed class Converter : JsonConverter<PixelMean>
    {
        public override PixelMean Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes)
                || bytes.Length % sizeof(float) != 0)
                throw new JsonException("pixelMean is not base64 of floats.");
            return new(MemoryMarshal.Cast<byte, float>(bytes));
        }

        public override void Write(Utf8JsonWriter writer, PixelMean value, JsonSerializerOptions options) =>
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.Values));
    }
}
