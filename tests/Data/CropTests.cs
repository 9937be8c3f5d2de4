using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class CropTests
{
    // A frame of 11 x 11 for inputs of 6 x 8: corners and centre all differ, and one rest is odd.
    static readonly Preprocessing s_shape = new()
    {
        Height = 6, Width = 8, Resize = ResizeRule.SmallestSideCentreCrop, SmallestSide = 11,
    };

    [Test]
    public void Ten_crops_are_four_corners_and_the_centre_then_their_mirrors()
    {
        Picture frame = PictureFixtures.Noise(11, 11, 3);
        (int Top, int Left)[] places = [(0, 0), (0, 3), (5, 0), (5, 3), (2, 1)];
        for (int k = 0; k < 10; k++)
        {
            Picture crop = Crops.Of(CropRule.Ten, frame, k, 6, 8);
            for (int y = 0; y < 6; y++)
                for (int x = 0; x < 8; x++)
                    Assert.That(crop[y, x], Is.EqualTo(frame[places[k % 5].Top + y, places[k % 5].Left + (k < 5 ? x : 7 - x)]), $"crop {k}");
        }
        Assert.That(Crops.Of(CropRule.Centre, frame, 0, 6, 8).Pixels.ToArray(), Is.EqualTo(frame.CentreCrop(6, 8).Pixels.ToArray()));
        Assert.That(() => Crops.Of(CropRule.Centre, frame, 1, 6, 8), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(20, 31)]
    [TestCase(31, 20)]
    [TestCase(11, 12)]
    [TestCase(12, 11)]
    [TestCase(11, 11)]
    [TestCase(5, 7)]
    public void The_frames_centre_is_what_the_network_sees_without_crops(int height, int width)
    {
        foreach (int side in new[] { 8, 9, 11, 14 })
        {
            Preprocessing shape = s_shape with { SmallestSide = side };
            Picture picture = PictureFixtures.Noise(height, width, side);
            Picture frame = shape.Frame(picture);
            Assert.That((frame.Height, frame.Width), Is.EqualTo((side, side)).And.EqualTo(shape.FrameSize));
            byte[] whole = picture.ResizeSmallestSide(side).CentreCrop(6, 8).Pixels.ToArray();
            Assert.That(frame.CentreCrop(6, 8).Pixels.ToArray(), Is.EqualTo(whole));
            Assert.That(shape.Prepare(picture).Pixels.ToArray(), Is.EqualTo(whole));
        }
    }

    [Test]
    public void A_frame_without_room_is_the_input_itself()
    {
        Assert.That((s_shape with { SmallestSide = 0 }).FrameSize, Is.EqualTo((6, 8)));
        Assert.That((s_shape with { Resize = ResizeRule.Stretch, SmallestSide = 0 }).FrameSize, Is.EqualTo((6, 8)));
        var loader = new PictureLoader(new(new Frames(3), s_shape with { SmallestSide = 8, Height = 8 }), 2);
        Assert.That(() => loader.InOrder(CropRule.Ten), Throws.TypeOf<InputException>().With.Message.Contains("must be above 8"));
        loader = new(new(new Frames(3), s_shape with { SmallestSide = 0 }), 2) { Augmentation = new() { RandomCrop = true } };
        Assert.That(() => loader.Epoch(0), Throws.TypeOf<InputException>().With.Message.StartsWith("Random crops of 6 x 8 pixels"));
    }

    [Test]
    public void A_batch_of_ten_crops_holds_each_pictures_crops_together()
    {
        var source = new Frames(5);
        var loader = new PictureLoader(new(source, s_shape), 2) { Workers = 2 };
        int at = 0;
        foreach (PictureBatch batch in loader.InOrder(CropRule.Ten))
            using (batch)
            {
                Assert.That((batch.CropsEach, batch.Values.Length), Is.EqualTo((10, batch.Count * 10 * 144)));
                for (int n = 0; n < batch.Count; n++, at++)
                    for (int k = 0; k < 10; k++)
                        Assert.That(
                            batch.Values.Slice((n * 10 + k) * 144, 144).ToArray(),
                            Is.EqualTo((s_shape with { Resize = ResizeRule.Stretch, SmallestSide = 0 }).ToChw(Crops.Of(CropRule.Ten, source.Get(at), k, 6, 8))), $"picture {at}, crop {k}");
            }
        Assert.That(at, Is.EqualTo(5));
        // The memory of one kind of pass does not serve the other.
        Assert.That(loader.InOrder().Sum(b => b.Values.Length), Is.EqualTo(5 * 144));
        Assert.That(loader.InOrder(CropRule.Ten).Sum(b => b.Values.Length), Is.EqualTo(5 * 1440));
    }

    [Test]
    public void Random_crops_take_every_place_of_the_frame_and_depend_on_seed_epoch_and_index_only()
    {
        var random = new Augmentation { RandomCrop = true };
        Picture frame = PictureFixtures.Noise(11, 11, 5);
        var seen = new HashSet<string>();
        for (int epoch = 0; epoch < 400; epoch++)
        {
            Picture crop = random.Crop(frame, 6, 8, 1, epoch, 2);
            Assert.That(random.Crop(frame, 6, 8, 1, epoch, 2).Pixels.ToArray(), Is.EqualTo(crop.Pixels.ToArray()));
            seen.Add(Convert.ToHexString(crop.Pixels));
        }
        var all = from y in Enumerable.Range(0, 6) from x in Enumerable.Range(0, 4) select Convert.ToHexString(frame.Crop(new(y, x, 6, 8)).Pixels);
        Assert.That(seen, Is.EquivalentTo(all));
        Assert.That(Augmentation.None.Crop(frame, 6, 8, 1, 7, 2).Pixels.ToArray(), Is.EqualTo(frame.CentreCrop(6, 8).Pixels.ToArray()));
    }

    [Test]
    public void An_epoch_goes_on_from_any_batch_with_the_same_values_whatever_the_workers()
    {
        var change = new Augmentation { RandomCrop = true, Flip = true, Padding = 1, Zoom = 0.1 };
        foreach (bool dropLast in new[] { false, true })
        {
            float[][] whole = Values(Loader(1, 0).Epoch(3));
            Assert.That(whole, Has.Length.EqualTo(Loader(1, 0).BatchesPerEpoch).And.Length.EqualTo(dropLast ? 4 : 5));
            for (int first = 0; first <= whole.Length; first++)
                foreach (int workers in new[] { 1, 2, 5 })
                    Assert.That(Values(Loader(workers, 2).Epoch(3, first)), Is.EqualTo(whole[first..]), $"from batch {first}, {workers} workers");
            Assert.That(() => Loader(1, 0).Epoch(3, whole.Length + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());

            PictureLoader Loader(int workers, int ahead) => new(new(new Frames(14), s_shape), 3)
            {
                Workers = workers, Ahead = ahead, Seed = 6, Augmentation = change, DropLast = dropLast,
            };
        }

        static float[][] Values(IEnumerable<PictureBatch> batches) => [.. batches.Select(batch =>
        {
            using (batch) return batch.Values.ToArray();
        })];
    }

    /// <summary>Pictures that are frames already.</summary>
    sealed class Frames(int count) : IPictureSource
    {
        public int Count => count;

        public IReadOnlyList<string> Classes => ["a"];

        public Picture Get(int index) => PictureFixtures.Noise(11, 11, index);

        public int Label(int index) => 0;

        public string Name(int index) => $"{index}";
    }
}
