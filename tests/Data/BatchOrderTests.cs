using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class BatchOrderTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(443)]
    public void A_shuffle_is_a_permutation_fixed_by_seed_and_epoch(int count)
    {
        int[] order = BatchOrder.Shuffled(count, 7, 3);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, count)));
        Assert.That(BatchOrder.Shuffled(count, 7, 3), Is.EqualTo(order));
        if (count < 100) return;
        Assert.That(BatchOrder.Shuffled(count, 7, 4), Is.Not.EqualTo(order));
        Assert.That(BatchOrder.Shuffled(count, 8, 3), Is.Not.EqualTo(order));
    }

    [Test]
    public void The_stream_of_numbers_never_changes()
    {
        // A committed recipe names a seed, so these may not move with a new version. SplitMix64 from state 0 begins with
        // e220a8397b1dcdaf; four rounds of it were computed apart from this code.
        Assert.That(SeededHash.At(0, 0, 0, 0), Is.EqualTo(0x2130748aaac80268UL));
        Assert.That(BatchOrder.Shuffled(10, 1, 0), Is.EqualTo(new[] { 7, 1, 8, 5, 2, 4, 0, 6, 9, 3 }));
    }

    [Test]
    public void Places_are_filled_evenly()
    {
        // 6000 shuffles of 6: each of 36 (place, item) pairs is expected 1000 times, sigma about 29.
        var seen = new int[6, 6];
        for (int epoch = 0; epoch < 6000; epoch++)
        {
            int[] order = BatchOrder.Shuffled(6, 42, epoch);
            for (int i = 0; i < 6; i++) seen[i, order[i]]++;
        }
        foreach (int count in seen) Assert.That(count, Is.InRange(850, 1150));
    }

    [Test]
    public void Batches_cover_the_order()
    {
        int[] order = BatchOrder.Shuffled(10, 1, 1);
        Assert.That(BatchOrder.Batches(order, 4).Select(b => b.Count), Is.EqualTo(new[] { 4, 4, 2 }));
        Assert.That(BatchOrder.Batches(order, 4).SelectMany(b => b), Is.EqualTo(order));
        Assert.That(BatchOrder.Batches(order, 4, dropLast: true).Select(b => b.Count), Is.EqualTo(new[] { 4, 4 }));
        Assert.That(BatchOrder.Batches([], 4), Is.Empty);
    }

    [Test]
    public void Augmentation_depends_on_seed_epoch_and_index_only_and_shifts_within_its_padding()
    {
        var change = new Augmentation { Padding = 2, Flip = true, Fill = Rgb.Grey };
        Picture picture = PictureFixtures.Noise(6, 6, 1);
        var seen = new HashSet<string>();
        for (int epoch = 0; epoch < 400; epoch++)
        {
            Picture a = change.Apply(picture, 1, epoch, 5);
            Assert.That(change.Apply(picture, 1, epoch, 5).Pixels.ToArray(), Is.EqualTo(a.Pixels.ToArray()));
            Assert.That((a.Height, a.Width), Is.EqualTo((6, 6)));
            seen.Add(Convert.ToHexString(a.Pixels));
        }
        Assert.That(seen, Has.Count.EqualTo(50), "5 x 5 shifts, mirrored or not: all of them and no others");
        Assert.That(Augmentation.None.Apply(picture, 1, 1, 1), Is.SameAs(picture));
    }
}
