using System.Buffers.Binary;
using System.Numerics;

namespace ZfNet.Engine;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal struct Crc32C()
{
    private uint state = uint.MaxValue;

    /// <summary>Of the bytes so far.</summary>
    public readonly uint Value => ~state;

    /// <summary>Takes further bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            state = BitOperations.Crc32C(state, b);
    }
}
