namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>How prmt chooses its bytes.</summary>
internal enum PermuteMode
{
    /// <summary>By a nibble of c for each byte; its highest bit asks for copies of the byte's sign.</summary>
    Select,

    /// <summary>Four bytes upwards from one.</summary>
    Forward4,

    /// <summary>Four bytes downwards from one.</summary>
    Backward4,

    /// <summary>One byte four times.</summary>
    Replicate8,

    /// <summary>From one on to the left, those under it being it.</summary>
    EdgeLeft,

    /// <summary>Up to one, those above it being it.</summary>
    EdgeRight,

    /// <summary>One half word twice.</summary>
    Replicate16,
}

/// <summary>prmt: four of the eight bytes of [b:a].</summary>
internal readonly struct Permute(PermuteMode mode) : IFunction<uint, uint, uint, uint>
{
    /// <summary>The mode of a modifier, or null.</summary>
    public static PermuteMode? FromName(string name) => name switch
    {
        "f4e" => PermuteMode.Forward4,
        "b4e" => PermuteMode.Backward4,
        "rc8" => PermuteMode.Replicate8,
        "ecl" => PermuteMode.EdgeLeft,
        "ecr" => PermuteMode.EdgeRight,
        "rc16" => PermuteMode.Replicate16,
        _ => null,
    };

    public uint Apply(uint a, uint b, uint c)
    {
        ulong bytes = (ulong)b << 32 | a;
        if (mode == PermuteMode.Select && (c & 0x8888) == 0)
        {
            return (byte)(bytes >> (int)((c & 7) << 3))
                | (uint)(byte)(bytes >> (int)((c >> 4 & 7) << 3)) << 8
                | (uint)(byte)(bytes >> (int)((c >> 8 & 7) << 3)) << 16
                | (uint)(byte)(bytes >> (int)((c >> 12 & 7) << 3)) << 24;
        }
        int chosen = (int)(c & 3);
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            int nibble = (int)(c >> (i * 4)) & 15;
            int index = mode switch
            {
                PermuteMode.Select => nibble & 7,
                PermuteMode.Forward4 => chosen + i,
                PermuteMode.Backward4 => (chosen - i) & 7,
                PermuteMode.Replicate8 => chosen,
                PermuteMode.EdgeLeft => Math.Max(chosen, i),
                PermuteMode.EdgeRight => Math.Min(chosen, i),
                _ => ((chosen & 1) * 2) + (i & 1),
            };
            byte value = (byte)(bytes >> (index * 8));
            if (mode == PermuteMode.Select && nibble >= 8)
                value = (byte)((sbyte)value >> 7);
            result |= (uint)value << (i * 8);
        }
        return result;
    }
}
