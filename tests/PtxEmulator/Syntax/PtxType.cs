namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Fundamental and packed types; the names are PTX's.</summary>
public enum PtxType
{
    /// <summary>One bit.</summary>
    Pred,

    /// <summary>8 untyped bits.</summary>
    B8,

    /// <summary>16 untyped bits.</summary>
    B16,

    /// <summary>32 untyped bits.</summary>
    B32,

    /// <summary>64 untyped bits.</summary>
    B64,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,

    /// <summary>Signed, 8 bits.</summary>
    S8,

    /// <summary>Signed, 16 bits.</summary>
    S16,

    /// <summary>Signed, 32 bits.</summary>
    S32,

    /// <summary>Signed, 64 bits.</summary>
    S64,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>Two of binary16.</summary>
    F16x2,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Two of bfloat16.</summary>
    BF16x2,

    /// <summary>TF32, in 32 bits.</summary>
    TF32,

    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary64.</summary>
    F64,
}

/// <summary>Facts about types.</summary>
public static class PtxTypes
{
    /// <summary>Size in memory, in bytes.</summary>
    public static int Bytes(this PtxType type) => type switch
    {
        PtxType.Pred or PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 => 2,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        _ => 4,
    };

    /// <summary>Whether it is a signed integer.</summary>
    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    /// <summary>Whether it is a floating-point number.</summary>
    public static bool IsFloat(this PtxType type) => type >= PtxType.F16;

    /// <summary>The type that a modifier names ("f32"), or null where it names none.</summary>
    public static PtxType? FromName(string name) =>
        Enum.TryParse<PtxType>(name, ignoreCase: true, out var type) && !char.IsDigit(name[0]) ? type : null;
}
