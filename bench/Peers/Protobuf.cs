using System.Text;

namespace ZfNet.Peers;

/// <summary>One protobuf message under construction: just the wire types an ONNX file needs.</summary>
internal sealed class Protobuf
{
    private readonly List<byte> _bytes = [];

    public long Length => _bytes.Count;

    public Protobuf Int(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public Protobuf Float(int field, float value)
    {
        Varint((ulong)field << 3 | 5);
        _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Protobuf Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Message(int field, Protobuf message) => Bytes(field, [.. message._bytes]);

    /// <summary>The tag and length of a field whose content is written elsewhere.</summary>
    public Protobuf Header(int field, long length)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)length);
        return this;
    }

    public void CopyTo(Stream stream) => stream.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes));

    private Protobuf Bytes(int field, byte[] value)
    {
        Header(field, value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
