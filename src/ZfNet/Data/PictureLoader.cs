using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Decodes, augments and normalises batches on other threads, ahead of the one that uses them. At most
/// <see cref="Ahead"/> + 1 batches exist at a time when batches are disposed; what they hold depends only on the
/// source, the seed and the epoch, not on <see cref="Workers"/> or <see cref="Ahead"/>.</summary>
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

    /// <summary>Batches of an epoch.</summary>
    public int BatchesPerEpoch =>
        this.pictures.Count / BatchSize + (this.pictures.Count % BatchSize > 0 && !DropLast ? 1 : 0);

    /// <summary>The batches of one training epoch: shuffled by (seed, epoch) and augmented.</summary>
    /// <param name="epoch">0-based.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="PictureException">A picture cannot be decoded; of several in a batch, the first in its order.
    /// </exception>
    public IEnumerable<PictureBatch> Epoch(int epoch, CancellationToken cancel = default) => Epoch(epoch, 0, cancel);

    /// <summary>The batches of one training epoch from one of them on, the same as if those before had been made: where
    /// a stopped run goes on.</summary>
    /// <param name="epoch">0-based.</param>
    /// <param name="firstBatch">0 to <see cref="BatchesPerEpoch"/>; that one gives none.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="InputException">Random crops of frames that are no larger than the network's input.</exception>
    /// <exception cref="PictureException">A picture cannot be decoded; of several in a batch, the first in its order.
    /// </exception>
    public IEnumerable<PictureBatch> Epoch(int epoch, int firstBatch, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchesPerEpoch);
        if (Augmentation.RandomCrop) RequireRoom("Random crops");
        int[] order = BatchOrder.Shuffled(this.pictures.Count, Seed, epoch);
        return Run(BatchOrder.Batches(order, BatchSize, DropLast).Skip(firstBatch), 1, Train, cancel);

        void Train(int index, Span<float> values)
        {
            (int height, int width) = (this.pictures.Preprocessing.Height, this.pictures.Preprocessing.Width);
            Picture crop = Augmentation.Crop(this.pictures.Frame(index), height, width, Seed, epoch, index);
            this.pictures.Preprocessing.ToChw(Augmentation.Apply(crop, Seed, epoch, index), values);
        }
    }

    /// <summary>The batches of one pass in the source's order, complete and unchanged: for evaluation and searches.
    /// </summary>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="PictureException">A picture cannot be decoded.</exception>
    public IEnumerable<PictureBatch> InOrder(CancellationToken cancel = default) => InOrder(CropRule.Centre, cancel);

    /// <summary>The batches of one pass in the source's order, complete, with given crops of every picture.</summary>
    /// <param name="crops">Which; a batch of <see cref="BatchSize"/> pictures holds so many times as many.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="PictureException">A picture cannot be decoded.</exception>
    /// <exception cref="InputException">Ten crops of frames that are no larger than the network's input.</exception>
    public IEnumerable<PictureBatch> InOrder(CropRule crops, CancellationToken cancel = default)
    {
        Preprocessing preprocessing = this.pictures.Preprocessing;
        (int height, int width) = (preprocessing.Height, preprocessing.Width);
        if (crops == CropRule.Ten) RequireRoom("Ten crops");
        int each = Crops.Count(crops);
        return Run(BatchOrder.Batches(BatchOrder.InOrder(this.pictures.Count), BatchSize), each, Evaluate, cancel);

        void Evaluate(int index, Span<float> values)
        {
            Picture frame = this.pictures.Frame(index);
            for (int k = 0; k < each; k++)
            {
                Span<float> crop = values.Slice(k * preprocessing.Length, preprocessing.Length);
                preprocessing.ToChw(Crops.Of(crops, frame, k, height, width), crop);
            }
        }
    }

    internal void Return(float[] values) => free.Add(values);

    void RequireRoom(string what)
    {
        (int height, int width) = (this.pictures.Preprocessing.Height, this.pictures.Preprocessing.Width);
        if (this.pictures.Preprocessing.FrameSize == (height, width))
            throw new InputException(
                $"{what} of {height} x {width} pixels take larger pictures: the smallest side before the crop must be "
                + $"above {Math.Max(height, width)}.");
    }

    delegate void Fill(int index, Span<float> values);

    IEnumerable<PictureBatch> Run(
        IEnumerable<ArraySegment<int>> batches, int crops, Fill fill, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Ahead);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pending = new Queue<Task<PictureBatch>>();
        try
        {
            foreach (ArraySegment<int> indices in batches)
            {
                if (Ahead == 0)
                {
                    yield return Make(indices, crops, fill, stop.Token);
                    continue;
                }
                pending.Enqueue(Task.Run(() => Make(indices, crops, fill, stop.Token), stop.Token));
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

    PictureBatch Make(ArraySegment<int> indices, int crops, Fill fill, CancellationToken cancel)
    {
        int length = crops * this.pictures.Preprocessing.Length;
        int size = checked(BatchSize * length);
        float[] values = free.TryTake(out float[]? used) && used.Length >= size ? used : new float[size];
        var labels = new int[indices.Count];
        var faults = new Exception?[indices.Count];
        Parallel.For(0, indices.Count, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = cancel }, i =>
        {
            try
            {
                fill(indices[i], values.AsSpan(i * length, length));
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
        return new(this, values, indices.Count * length, [.. indices], labels, crops);
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
