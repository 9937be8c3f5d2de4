namespace ZfNet.Engine;

/// <summary>Element types a safetensors file may hold, by the format's own names.</summary>
public enum WeightDType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>8-bit float with five exponent bits.</summary>
    F8E5M2,

    /// <summary>8-bit float with four exponent bits.</summary>
    F8E4M3,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of a float32.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>Names and sizes of <see cref="WeightDType"/>.</summary>
public static class WeightDTypes
{
    // In the enum's order.
    private static readonly (string Text, int Bytes)[] Table =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1),
        ("I16", 2), ("U16", 2), ("F16", 2), ("BF16", 2),
        ("I32", 4), ("U32", 4), ("F32", 4),
        ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    /// <summary>Every name the format knows, as written in a header.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(row => row.Text)];

    /// <summary>The name a header gives it, such as <c>F32</c>.</summary>
    public static string Text(this WeightDType dtype) => Row(dtype).Text;

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this WeightDType dtype) => Row(dtype).Bytes;

    /// <summary>The type of a header's name; false when the format has no such name.</summary>
    public static bool TryParse(string? text, out WeightDType dtype)
    {
        int index = Array.FindIndex(Table, row => row.Text == text);
        dtype = (WeightDType)Math.Max(index, 0);
        return index >= 0;
    }

    private static (string Text, int Bytes) Row(WeightDType dtype) =>
        (uint)dtype < (uint)Table.Length
            ? Table[(int)dtype]
            : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "No such element type.");
}
