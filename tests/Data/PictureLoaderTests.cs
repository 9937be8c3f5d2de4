using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class PictureLoaderTests
{
    static readonly Preprocessing s_size = new() { Height = 5, Width = 7, Mean = PerColour.All(0.5f) };

    [Test]
    public void Batches_do_not_depend_on_workers_reading_ahead_or_the_cache()
    {
        var source = new MemorySource(23);
        string expected = Digest(new PictureLoader(new(source, s_size, 0), 4)
        {
            Workers = 1, Ahead = 0, Seed = 9, Augmentation = new() { Padding = 2, Flip = true },
        });
        foreach (int workers in new[] { 1, 2, 5 })
            foreach (int ahead in new[] { 0, 1, 3, 50 })
                foreach (long cache in new long[] { 0, 5 * 105, 1 << 20 })
                    Assert.That(Digest(new PictureLoader(new(source, s_size, cache), 4)
                    {
                        Workers = workers, Ahead = ahead, Seed = 9, Augmentation = new() { Padding = 2, Flip = true },
                    }), Is.EqualTo(expected), $"{workers} workers, {ahead} ahead, cache {cache}");
        Assert.That(Digest(new PictureLoader(new(source, s_size), 4) { Seed = 10 }), Is.Not.EqualTo(expected));
    }

    [Test]
    public void A_batch_holds_what_its_indices_say()
    {
        var source = new MemorySource(11);
        var loader = new PictureLoader(new(source, s_size), 4) { Seed = 3 };
        var seen = new List<int>();
        foreach (PictureBatch batch in loader.Epoch(2))
            using (batch)
                for (int i = 0; i < batch.Count; i++)
                {
                    int index = batch.Indices.Span[i];
                    seen.Add(index);
                    Assert.That(batch.Labels.Span[i], Is.EqualTo(source.Label(index)));
                    Assert.That(batch.Values.Slice(i * 105, 105).ToArray(), Is.EqualTo(s_size.ToChw(source.Get(index))));
                }
        Assert.That(seen, Is.EqualTo(BatchOrder.Shuffled(11, 3, 2)));
        Assert.That(loader.InOrder().SelectMany(b => b.Indices.ToArray()), Is.EqualTo(Enumerable.Range(0, 11)));
        Assert.That(new PictureLoader(new(source, s_size), 4) { DropLast = true }.Epoch(0).Sum(b => b.Count), Is.EqualTo(8));
    }

    [Test]
    public void Memory_is_bounded_by_what_is_read_ahead()
    {
        var source = new MemorySource(64);
        var loader = new PictureLoader(new(source, s_size, 0), 4) { Ahead = 2, Workers = 2 };
        var buffers = new HashSet<float[]>(ReferenceEqualityComparer.Instance);
        int used = 0;
        foreach (PictureBatch batch in loader.Epoch(0))
        {
            using (batch)
            {
                Assert.That(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(batch.Values, out ArraySegment<float> segment));
                buffers.Add(segment.Array!);
                used += batch.Count;
                Thread.Sleep(5);
                Assert.That(source.Decoded, Is.LessThanOrEqualTo(used + 2 * 4), "never further ahead than two batches");
            }
            Assert.That(() => batch.Values, Throws.InstanceOf<ObjectDisposedException>());
        }
        Assert.That(buffers, Has.Count.LessThanOrEqualTo(3));
    }

    [Test]
    public void The_first_bad_picture_in_the_order_is_the_one_reported()
    {
        foreach (int workers in new[] { 1, 4 })
        {
            var source = new MemorySource(12) { Bad = [5, 6, 7, 9] };
            var loader = new PictureLoader(new(source, s_size), 4) { Workers = workers };
            int good = 0;
            PictureException e = Assert.Throws<PictureException>(() =>
            {
                foreach (PictureBatch batch in loader.InOrder())
                {
                    good += batch.Count;
                    batch.Dispose();
                }
            })!;
            Assert.That((e.Name, good), Is.EqualTo(("5", 4)));
        }
    }

    [Test]
    public void Leaving_early_and_cancelling_stop_the_work()
    {
        var source = new MemorySource(400);
        var loader = new PictureLoader(new(source, s_size, 0), 4) { Ahead = 2 };
        foreach (PictureBatch batch in loader.Epoch(0))
        {
            batch.Dispose();
            break;
        }
        int after = source.Decoded;
        Assert.That(after, Is.LessThanOrEqualTo(16));
        Thread.Sleep(20);
        Assert.That(source.Decoded, Is.EqualTo(after), "nothing works on after the loop was left");

        using var cancel = new CancellationTokenSource();
        Assert.That(() =>
        {
            foreach (PictureBatch batch in loader.Epoch(0, cancel.Token))
            {
                batch.Dispose();
                cancel.Cancel();
            }
        }, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void The_cache_keeps_what_fits_and_decodes_the_rest_again()
    {
        var source = new MemorySource(10);
        var pictures = new PreparedPictures(source, s_size, cacheBytes: 4 * 105 + 7);
        for (int pass = 0; pass < 3; pass++)
            for (int i = 0; i < 10; i++)
                Assert.That(pictures.Get(i).Pixels.ToArray(), Is.EqualTo(s_size.Prepare(MemorySource.Peek(i)).Pixels.ToArray()));
        Assert.That(pictures.Kept, Is.EqualTo(4));
        Assert.That(source.Decoded, Is.EqualTo(10 + 6 + 6));
    }

    static string Digest(PictureLoader loader)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        for (int epoch = 0; epoch < 2; epoch++)
            foreach (PictureBatch batch in loader.Epoch(epoch))
                using (batch)
                {
                    hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Values.Span));
                    hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Labels.Span));
                }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Pictures made from their index, with a count of how many were asked for.</summary>
    sealed class MemorySource(int count) : IPictureSource
    {
        int _decoded;

        internal int Decoded => Volatile.Read(ref _decoded);

        internal int[] Bad { get; init; } = [];

        public int Count => count;

        public IReadOnlyList<string> Classes => ["a", "b", "c"];

        public Picture Get(int index)
        {
            Interlocked.Increment(ref _decoded);
            return Bad.Contains(index)
                ? throw new PictureException(PictureFault.Damaged, Name(index), $"'{index}' is bad.")
                : Peek(index);
        }

        public int Label(int index) => index % 3;

        public string Name(int index) => $"{index}";

        internal static Picture Peek(int index) => PictureFixtures.Noise(6 + index % 3, 9, index);
    }
}
