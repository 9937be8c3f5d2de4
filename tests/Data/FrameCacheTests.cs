using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class FrameCacheTests
{
    static readonly Preprocessing s_shape = new()
    {
        Height = 6, Width = 5, Resize = ResizeRule.SmallestSideCentreCrop, SmallestSide = 9,
    };

    [Test]
    public void Frames_are_those_of_the_pictures_and_the_second_run_decodes_none()
    {
        using TemporaryFolder data = Sample(), folder = new();
        ImageFolder set = ImageFolder.Open(data.Path);
        var said = new List<string>();
        using (FrameCache cache = FrameCache.Open(folder.File("new/caches"), set, s_shape, said.Add))
            AssertSame(cache, set);
        Assert.That(said, Has.Count.EqualTo(1).And.One.StartsWith("Cached 70 pictures in "));

        // The files' bytes are lost, their sizes and times are not: whoever decodes now fails.
        foreach (string file in Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories))
        {
            DateTime time = File.GetLastWriteTimeUtc(file);
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
            File.SetLastWriteTimeUtc(file, time);
        }
        using FrameCache again = FrameCache.Open(folder.File("new/caches"), ImageFolder.Open(data.Path), s_shape, said.Add);
        Assert.That(again.Frame(69).Pixels.ToArray(), Is.EqualTo(s_shape.Frame(Known(69)).Pixels.ToArray()));
        Assert.That(said, Has.Count.EqualTo(1), "nothing was made again");
    }

    [Test]
    public void Prepared_pictures_are_the_same_from_disk_from_memory_and_decoded_each_time()
    {
        using TemporaryFolder data = Sample(), folder = new();
        ImageFolder set = ImageFolder.Open(data.Path);
        using FrameCache cache = FrameCache.Open(folder.Path, set, s_shape);
        Preprocessing arithmetic = s_shape with { Mean = PerColour.All(0.4f), Order = ChannelOrder.Bgr };
        float[] expected = Values(new PreparedPictures(set, arithmetic, 0));
        Assert.That(Values(new PreparedPictures(set, arithmetic)), Is.EqualTo(expected));
        Assert.That(Values(new PreparedPictures(set, arithmetic, cache)), Is.EqualTo(expected));
        Assert.That(Values(new PreparedPictures(set, s_shape, cache).With(arithmetic)), Is.EqualTo(expected));
        Assert.That(() => new PreparedPictures(set, s_shape, cache).With(arithmetic with { SmallestSide = 10 }), Throws.ArgumentException);
        Assert.That(() => new PreparedPictures(set, s_shape with { SmallestSide = 10 }, cache), Throws.ArgumentException);

        static float[] Values(PreparedPictures pictures) =>
            [.. new PictureLoader(pictures, 16) { Augmentation = new() { RandomCrop = true, Flip = true }, Seed = 3 }.Epoch(1).SelectMany(b => b.Values.ToArray())];
    }

    [Test]
    public void A_cache_cut_at_any_length_is_refused_with_a_sentence_and_made_anew()
    {
        using TemporaryFolder data = Sample(5), folder = new();
        ImageFolder set = ImageFolder.Open(data.Path);
        FrameCache.Open(folder.Path, set, s_shape).Dispose();
        string path = folder.File(folder.Files.Single());
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length += length < 60 ? 1 : 97)
            Spoilt(whole[..length], "is cut");
        Spoilt([.. whole, 0], "is damaged");

        void Spoilt(byte[] bytes, string reason)
        {
            File.WriteAllBytes(path, bytes);
            var said = new List<string>();
            using (FrameCache cache = FrameCache.Open(folder.Path, set, s_shape, said.Add)) AssertSame(cache, set);
            Assert.That(said, Has.Count.EqualTo(2));
            Assert.That(said[0], Does.Contain(path).And.Contain(reason).And.EndWith("it is made anew."));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(whole));
        }
    }

    [Test]
    public void A_damaged_or_foreign_cache_is_refused_with_a_sentence_and_made_anew()
    {
        using TemporaryFolder data = Sample(5), folder = new();
        FrameCache.Open(folder.Path, ImageFolder.Open(data.Path), s_shape).Dispose();
        string path = folder.File(folder.Files.Single());
        byte[] whole = File.ReadAllBytes(path);
        foreach ((int at, string reason) in new[]
        {
            (0, "is not a cache"), (7, "is not a cache"), (8, "other pictures"), (40, "other pictures"), (51, "other pictures"),
            (52, "checksum"), (whole.Length / 2, "checksum"), (whole.Length - 1, "checksum"),
        })
        {
            byte[] bytes = [.. whole];
            bytes[at] ^= 1;
            File.WriteAllBytes(path, bytes);
            Assert.That(Opened()[0], Does.Contain(reason), $"byte {at}");
        }

        // Another preprocessing, another time, another size and another decoding are other pictures.
        Assert.That(Opened(s_shape with { Filter = ResizeFilter.Area })[0], Does.Contain("preprocessed otherwise"));
        Assert.That(Opened(s_shape with { Height = 7 })[0], Does.Contain("preprocessed otherwise"));
        Assert.That(Opened(s_shape with { Height = 7, Mean = PerColour.All(1) }), Is.Empty, "arithmetic does not change frames");
        Assert.That(Opened(s_shape), Has.Count.EqualTo(2));
        string file = ImageFolder.Open(data.Path).Name(3);
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(2));
        Assert.That(Opened()[0], Does.Contain("other pictures"));
        Assert.That(Opened(decode: new() { Background = Rgb.Black })[0], Does.Contain("other pictures"));
        Assert.That(folder.Files, Has.Length.EqualTo(1), "the old ones make room");
        Assert.That(Opened(s_shape with { SmallestSide = 10 }), Has.Count.EqualTo(1), "another size has a file of its own");
        Assert.That(folder.Files, Has.Length.EqualTo(2));

        List<string> Opened(Preprocessing? shape = null, DecodeOptions? decode = null)
        {
            var said = new List<string>();
            FrameCache.Open(folder.Path, ImageFolder.Open(data.Path, new() { Decode = decode }), shape ?? s_shape, said.Add).Dispose();
            return said;
        }
    }

    [Test]
    public void Packed_pictures_are_known_by_their_files()
    {
        using TemporaryFolder data = new(), folder = new();
        data.Write("train-images-idx3-ubyte", MnistTests.Idx([3, 7, 7]));
        data.Write("train-labels-idx1-ubyte", MnistTests.LabelFile(1, 2, 3));
        var said = new List<string>();
        for (int run = 0; run < 2; run++)
            using (FrameCache cache = FrameCache.Open(folder.Path, DataSets.Open(data.Path).Training, s_shape, said.Add))
                Assert.That(cache.Frame(2).Pixels.ToArray(), Is.EqualTo(s_shape.Frame(DataSets.Open(data.Path).Training.Get(2)).Pixels.ToArray()));
        Assert.That(said, Has.Count.EqualTo(1));
        File.SetLastWriteTimeUtc(data.File("train-images-idx3-ubyte"), DateTime.UtcNow.AddHours(1));
        FrameCache.Open(folder.Path, DataSets.Open(data.Path).Training, s_shape, said.Add).Dispose();
        Assert.That(said, Has.Count.EqualTo(3));
    }

    [Test]
    public void A_bad_picture_a_cancelled_run_and_a_place_that_cannot_be_written_leave_nothing()
    {
        using TemporaryFolder data = Sample(5), folder = new();
        ImageFolder set = ImageFolder.Open(data.Path);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => FrameCache.Open(folder.Path, set, s_shape, cancel: cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        string taken = data.Write("a-file", [1]);
        Assert.That(() => FrameCache.Open(taken, set, s_shape), Throws.TypeOf<FileWriteException>().With.Message.StartsWith($"Cannot cache pictures in '{taken}'"));
        File.WriteAllBytes(set.Name(1), [1]);
        File.WriteAllBytes(set.Name(3), [1]);
        Assert.That(() => FrameCache.Open(folder.Path, set, s_shape), Throws.TypeOf<PictureException>().With.Message.Contains(set.Name(1)));
        Assert.That(folder.Files, Is.Empty);
    }

    static Picture Known(int index) => PictureFixtures.Noise(8 + index % 4, 9 + index % 3, index);

    static TemporaryFolder Sample(int count = 70)
    {
        var folder = new TemporaryFolder();
        for (int i = 0; i < count; i++) folder.Write($"only/{i:000}.png", Known(i).ToPng());
        return folder;
    }

    static void AssertSame(FrameCache cache, ImageFolder set)
    {
        for (int i = 0; i < set.Count; i++)
            Assert.That(cache.Frame(i).Pixels.ToArray(), Is.EqualTo(s_shape.Frame(Known(i)).Pixels.ToArray()), $"frame {i}");
        Assert.That(() => cache.Frame(set.Count), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
