namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>How f16 and bf16 instructions treat what goes in and comes out.</summary>
/// <param name="Format">f16 or bf16.</param>
/// <param name="Flush">.ftz: subnormal numbers become zero, on both sides.</param>
/// <param name="Saturate">.sat: into [0, 1], NaN to +0.</param>
/// <param name="Relu">.relu: what is negative becomes +0.</param>
internal readonly record struct HalfRules(FloatFormat Format, bool Flush, bool Saturate, bool Relu)
{
    /// <summary>The value of an operand.</summary>
    public double Read(uint bits) => Format.Decode(Format.Flush(bits, Flush));

    /// <summary>The bits of a result, exact or rounded to odd before; rounded to nearest.</summary>
    public ushort Write(double value)
    {
        if (Saturate)
            value = value > 0 ? Math.Min(value, 1) : 0;
        if (Relu && value <= 0)
            value = 0;
        return (ushort)Format.Flush(Format.Encode(value, Rounding.Nearest), Flush);
    }
}

/// <summary>A function of one f16 or bf16 number; on 32 bits, of a pair of them.</summary>
internal readonly struct Half1(HalfRules rules, Func<double, double> function)
    : IFunction<ushort, ushort>, IFunction<uint, uint>
{
    public ushort Apply(ushort a) => rules.Write(function(rules.Read(a)));

    public uint Apply(uint a) => Apply((ushort)a) | (uint)Apply((ushort)(a >> 16)) << 16;
}

/// <summary>As <see cref="Half1"/>, of two.</summary>
internal readonly struct Half2(HalfRules rules, Func<double, double, double> function)
    : IFunction<ushort, ushort, ushort>, IFunction<uint, uint, uint>
{
    public ushort Apply(ushort a, ushort b) => rules.Write(function(rules.Read(a), rules.Read(b)));

    public uint Apply(uint a, uint b) =>
        Apply((ushort)a, (ushort)b) | (uint)Apply((ushort)(a >> 16), (ushort)(b >> 16)) << 16;
}

/// <summary>As <see cref="Half1"/>, a * b + c rounded once.</summary>
internal readonly struct HalfMultiplyAdd(HalfRules rules)
    : IFunction<ushort, ushort, ushort, ushort>, IFunction<uint, uint, uint, uint>
{
    public ushort Apply(ushort a, ushort b, ushort c) => rules.Write(
        StickyDouble.MultiplyAdd(rules.Read(a), rules.Read(b), rules.Read(c), Rounding.Nearest));

    public uint Apply(uint a, uint b, uint c) => Apply((ushort)a, (ushort)b, (ushort)c)
        | (uint)Apply((ushort)(a >> 16), (ushort)(b >> 16), (ushort)(c >> 16)) << 16;
}

/// <summary>neg and abs of f16 and bf16: they change bits, of NaN too.</summary>
internal readonly struct HalfSign(FloatFormat format, bool flush, bool negate)
    : IFunction<ushort, ushort>, IFunction<uint, uint>
{
    public ushort Apply(ushort a)
    {
        uint bits = format.Flush(a, flush);
        return (ushort)(negate ? bits ^ 0x8000 : bits & 0x7FFF);
    }

    public uint Apply(uint a) => Apply((ushort)a) | (uint)Apply((ushort)(a >> 16)) << 16;
}
