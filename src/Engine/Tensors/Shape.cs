using System.Collections;
using System.Runtime.CompilerServices;

namespace ZfNet.Engine;

/// <summary>Sizes of a tensor's axes, outermost first; an empty one is a scalar's. Written [1, 3, 224, 224].</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<long>
{
    private readonly long[]? sizes;

    /// <summary>Takes the axes' sizes.</summary>
    /// <exception cref="ShapeException">A size is negative, or the product passes 2^63.</exception>
    public Shape(params ReadOnlySpan<long> sizes)
    {
        this.sizes = sizes.ToArray();
        Count = 1;
        try
        {
            foreach (var size in sizes)
                Count = size >= 0 ? checked(Count * size) : throw new OverflowException();
        }
        catch (OverflowException)
        {
            throw new ShapeException($"[{string.Join(", ", this.sizes)}] is not a shape: sizes are not negative and their product stays under 2^63.");
        }
    }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Number of axes.</summary>
    public int Rank => Sizes.Length;

    /// <summary>The axes' sizes.</summary>
    public ReadOnlySpan<long> Sizes => sizes;

    /// <summary>Size of an axis; ^1 is the innermost.</summary>
    public long this[Index axis] => Sizes[axis];

    /// <summary>Whether two shapes have the same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For collection expressions.</summary>
    public static Shape Create(ReadOnlySpan<long> sizes) => new(sizes);

    /// <summary>Steps between neighbours along each axis of a contiguous tensor, in elements.</summary>
    public long[] ContiguousStrides()
    {
        var strides = new long[Rank];
        long step = 1;
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= Math.Max(Sizes[axis], 1);
        }
        return strides;
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var size in Sizes)
            hash.Add(size);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)(sizes ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>"[1, 3, 224, 224]".</summary>
    public override string ToString() => $"[{string.Join(", ", sizes ?? [])}]";
}
