using System.Collections.Immutable;

namespace ZfNet.Engine;

/// <summary>A tensor to be written: its name, element type and shape. The bytes come later.</summary>
public record WeightInfo
{
    /// <summary>A tensor's description.</summary>
    /// <param name="name">Name, as in <c>features.0.weight</c>; <c>__metadata__</c> is the format's own.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar; none negative.</param>
    /// <exception cref="ArgumentException">The name is reserved, or the shape is negative or passes 2^63 bytes.</exception>
    public WeightInfo(string name, WeightDType dtype, ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == SafetensorsHeader.MetadataKey)
            throw new ArgumentException($"A tensor cannot be named '{name}': the format keeps that name for metadata.");
        if (SafetensorsHeader.ByteLength(dtype, shape) is not { } bytes)
            throw new ArgumentException(
                $"Tensor '{name}' cannot have the shape {SafetensorsHeader.Show(shape)} of {dtype.Text()}: " +
                "a size is negative or there are more than 2^63 bytes.");
        Name = name;
        DType = dtype;
        Shape = [.. shape];
        ByteLength = bytes;
    }

    /// <summary>Name, unique in a file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public WeightDType DType { get; }

    /// <summary>Sizes, outermost first, row-major; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Bytes of the data: the product of the shape times the element's size.</summary>
    public long ByteLength { get; }

    /// <summary>Number of elements.</summary>
    public long ElementCount => ByteLength / DType.Bytes();

    /// <summary>Equality by value, the shape included.</summary>
    public virtual bool Equals(WeightInfo? other) =>
        other is not null && EqualityContract == other.EqualityContract && Name == other.Name
        && DType == other.DType && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, DType, ByteLength);

    /// <summary>As in <c>features.0.weight F32 [96, 3, 7, 7]</c>.</summary>
    public override string ToString() => $"{Name} {DType.Text()} {SafetensorsHeader.Show(Shape.AsSpan())}";
}

/// <summary>A tensor in a file: <see cref="WeightInfo"/> and where its bytes begin.</summary>
public sealed record WeightEntry : WeightInfo
{
    internal WeightEntry(string name, WeightDType dtype, ReadOnlySpan<long> shape, long offset)
        : base(name, dtype, shape) => Offset = offset;

    /// <summary>First byte of the data, counted from the start of the file.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override string ToString() => base.ToString();
}
