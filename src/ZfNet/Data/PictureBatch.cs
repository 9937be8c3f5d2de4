namespace ZfNet.Data;

/// <summary>One batch of a network's input. Dispose it when it has been used: its memory goes to a later
/// batch.</summary>
public sealed class PictureBatch : IDisposable
{
    private readonly PictureLoader owner;
    private readonly int length;
    private readonly int[] indices, labels;
    private float[]? values;

    internal PictureBatch(PictureLoader owner, float[] values, int length, int[] indices, int[] labels, int crops)
    {
        (this.owner, this.values, this.length, this.indices, this.labels) = (owner, values, length, indices, labels);
        CropsEach = crops;
    }

    /// <summary>Number of pictures, N.</summary>
    public int Count => this.indices.Length;

    /// <summary>Crops of each picture.</summary>
    public int CropsEach { get; }

    /// <summary>(N * <see cref="CropsEach"/>, 3, H, W) floats, row-major: the crops of one picture one after
    /// another.</summary>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public ReadOnlyMemory<float> Values =>
        this.values is null ? throw new ObjectDisposedException(nameof(PictureBatch)) : this.values.AsMemory(0, this.length);

    /// <summary>Each picture's index in the source.</summary>
    public ReadOnlyMemory<int> Indices => this.indices;

    /// <summary>Each picture's class, -1 without labels.</summary>
    public ReadOnlyMemory<int> Labels => this.labels;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref this.values, null) is { } values) this.owner.Return(values);
    }
}
