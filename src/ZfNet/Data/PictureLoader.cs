using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>One batch of a network's input. Dispose it when it has been used: its memory goes to a later batch.</summary>
public sealed class PictureBatch : IDisposable
{
    private readonly PictureLoader owner;
    private readonly int length;
    private readonly int[] indices, labels;
    private float[]? values;

    internal PictureBatch(PictureLoader owner, float[] values, int length, int[] indices, int[] labels) =>
        (this.owner, this.values, this.length, this.indices, this.labels) = (owner, values, length, indices, labels);

    /// <summary>Number of pictures, N.</summary>
    public int Count => this.indices.Length;

    /// <summary>(N, 3, H, W) floats, row-major.</summary>
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

/// <summary>Decodes, augments and normalises batches on other threads, ahead of the one that uses them. At most
/// <see cref="Ahead"/> + 1 batches exist at a time when batches are disposed; what they hold depends only on the source,
/// the seed and the epoch, not on <see cref="Workers"/> or <see cref="Ahead"/>.</summary>
public sealed class PictureLoader
{
    private readonly PreparedPictures pictures;
    private readonly ConcurrentBag<float[]> free = [];

    /// <summary>A loader over prepared pictures.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="batchSize">At least 1.</param>
    public PictureLoader(PreparedPictures pictures, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (this.pictures, BatchSize) = (pictures, batchSize);
    }

    /// <summary>Pictures in a batch; the last one of an epoch may have fewer.</summary>
    public int BatchSize { get; }

    /// <summary>Batches prepared in advance; 0 prepares each when it is asked for.</summary>
    public int Ahead { get; init; } = 2;

    /// <summary>Threads that work on one batch.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Random changes of each picture.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>Leaves out a smaller last batch.</summary>
    public bool DropLast { get; init; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The batches of one training epoch: shuffled by (seed, epoch) and augmented.</summary>
    /// <param name="epoch">0-based.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="PictureException">A picture cannot be decoded; of several in a batch, the first in its order.
    /// </exception>
    public IEnumerable<PictureBatch> Epoch(int epoch, CancellationToken cancel = default) =>
        Run(BatchOrder.Shuffled(this.pictures.Count, Seed, epoch), DropLast, Augmentation, epoch, cancel);

    /// <summary>The batches of one pass in the source's order, complete and unchanged: for evaluation and searches.
    /// </summary>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="PictureException">A picture cannot be decoded.</exception>
    public IEnumerable<PictureBatch> InOrder(CancellationToken cancel = default) =>
        Run(BatchOrder.InOrder(this.pictures.Count), dropLast: false, Augmentation.None, 0, cancel);

    internal void Return(float[] values) => free.Add(values);

    IEnumerable<PictureBatch> Run(int[] order, bool dropLast, Augmentation augmentation, int epoch, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Ahead);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pending = new Queue<Task<PictureBatch>>();
        try
        {
            foreach (ArraySegment<int> indices in BatchOrder.Batches(order, BatchSize, dropLast))
            {
                if (Ahead == 0)
                {
                    yield return Make(indices, augmentation, epoch, stop.Token);
                    continue;
                }
                pending.Enqueue(Task.Run(() => Make(indices, augmentation, epoch, stop.Token), stop.Token));
                if (pending.Count > Ahead) yield return pending.Dequeue().GetAwaiter().GetResult();
            }
            while (pending.TryDequeue(out Task<PictureBatch>? task)) yield return task.GetAwaiter().GetResult();
        }
        finally
        {
            // The caller left early or a batch failed: nothing may still be at work on our memory afterwards.
            stop.Cancel();
            foreach (Task<PictureBatch> task in pending)
                if (Quiet(task) is { } batch) batch.Dispose();
        }
    }

    PictureBatch Make(ArraySegment<int> indices, Augmentation augmentation, int epoch, CancellationToken cancel)
    {
        Preprocessing preprocessing = this.pictures.Preprocessing;
        int length = preprocessing.Length;
        float[] values = free.TryTake(out float[]? used) ? used : new float[checked(BatchSize * length)];
        var labels = new int[indices.Count];
        var faults = new Exception?[indices.Count];
        Parallel.For(0, indices.Count, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = cancel }, i =>
        {
            try
            {
                Picture picture = augmentation.Apply(this.pictures.Get(indices[i]), Seed, epoch, indices[i]);
                preprocessing.ToChw(picture, values.AsSpan(i * length, length));
                labels[i] = this.pictures.Label(indices[i]);
            }
            catch (Exception e) when (e is InputException)
            {
                faults[i] = e;
            }
        });
        if (faults.FirstOrDefault(f => f is not null) is { } fault)
        {
            Return(values);
            ExceptionDispatchInfo.Throw(fault);
        }
        return new(this, values, indices.Count * length, [.. indices], labels);
    }

    static PictureBatch? Quiet(Task<PictureBatch> task)
    {
        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is InputException or OperationCanceledException)
        {
            return null;
        }
    }
}
