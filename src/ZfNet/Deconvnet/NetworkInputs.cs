using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet;

/// <summary>Some neighbouring pictures of <see cref="INetworkInputs"/>; valid until the next batch is asked for.</summary>
/// <param name="First">Index of the first picture.</param>
/// <param name="Count">Number of pictures, N.</param>
/// <param name="Values">(N, C, H, W) floats, row-major.</param>
public readonly record struct InputBatch(int First, int Count, ReadOnlyMemory<float> Values);

/// <summary>A set of preprocessed pictures that can be passed through once and looked up again.</summary>
public interface INetworkInputs
{
    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Shape of one picture, [C, H, W].</summary>
    Shape Picture { get; }

    /// <summary>One picture.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="values">Receives C * H * W floats.</param>
    void Read(int index, Span<float> values);

    /// <summary>All pictures in order.</summary>
    /// <param name="size">Pictures in a batch; the last may have fewer.</param>
    /// <param name="cancel">Stops the work.</param>
    IEnumerable<InputBatch> Batches(int size, CancellationToken cancel = default);
}

/// <summary>Preprocessed pictures in memory.</summary>
public sealed class ArrayInputs : INetworkInputs
{
    private readonly ReadOnlyMemory<float> values;
    private readonly int length;

    /// <summary>Wraps (N, C, H, W) floats; they are not copied.</summary>
    /// <param name="values">The pictures one after the other.</param>
    /// <param name="picture">Shape of one, [C, H, W].</param>
    /// <exception cref="ShapeException">The values are not a whole number of such pictures.</exception>
    public ArrayInputs(ReadOnlyMemory<float> values, Shape picture)
    {
        if (picture.Rank != 3 || picture.Count == 0 || values.Length % picture.Count != 0)
            throw new ShapeException("inputs", "values", $"a whole number of pictures [C, H, W] of {picture}", $"{values.Length} floats");
        (this.values, Picture, length) = (values, picture, checked((int)picture.Count));
    }

    /// <inheritdoc/>
    public int Count => values.Length / length;

    /// <inheritdoc/>
    public Shape Picture { get; }

    /// <inheritdoc/>
    public void Read(int index, Span<float> values) => this.values.Span.Slice(index * length, length).CopyTo(values);

    /// <inheritdoc/>
    public IEnumerable<InputBatch> Batches(int size, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        for (var first = 0; first < Count; first += size)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(size, Count - first);
            yield return new InputBatch(first, count, values.Slice(first * length, count * length));
        }
    }
}

/// <summary>Picture files as a network's inputs, decoded ahead of their use.</summary>
/// <param name="pictures">The pictures with their preprocessing.</param>
public sealed class PictureInputs(PreparedPictures pictures) : INetworkInputs
{
    /// <inheritdoc/>
    public int Count => pictures.Count;

    /// <inheritdoc/>
    public Shape Picture => [3, pictures.Preprocessing.Height, pictures.Preprocessing.Width];

    /// <inheritdoc/>
    public void Read(int index, Span<float> values) => pictures.Preprocessing.ToChw(pictures.Get(index), values);

    /// <inheritdoc/>
    public IEnumerable<InputBatch> Batches(int size, CancellationToken cancel = default)
    {
        var first = 0;
        foreach (var batch in new PictureLoader(pictures, size).InOrder(cancel))
            using (batch)
            {
                yield return new InputBatch(first, batch.Count, batch.Values);
                first += batch.Count;
            }
    }
}
