using System.Buffers.Binary;
using System.IO.Compression;
using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Tests.Data;

sealed class MnistTests
{
    const string Images = "train-images-idx3-ubyte", Labels = "train-labels-idx1-ubyte";

    [Test]
    public void Splits_classes_pixels_and_labels_are_those_of_the_files()
    {
        using TemporaryFolder folder = Sample();
        DataSet set = DataSets.Open(folder.Path);
        Assert.That(set.Classes, Is.EqualTo(new[] { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" }));
        Assert.That((set.Training.Count, set.Test!.Count), Is.EqualTo((7, 3)));
        Assert.That(set.Evaluation, Is.SameAs(set.Test));
        Assert.That(set.Background, Is.EqualTo(Rgb.Black));
        Assert.That(Enumerable.Range(0, 7).Select(set.Training.Label), Is.EqualTo(new[] { 9, 0, 1, 2, 3, 4, 5 }));
        Assert.That(set.Training.Name(4), Does.EndWith(Images + "#4"));

        // Picture 4 of 5 x 3 pixels begins at byte 60; grey is the same red, green and blue.
        Picture picture = set.Training.Get(4);
        Assert.That((picture.Height, picture.Width), Is.EqualTo((5, 3)));
        for (int i = 0; i < 15; i++)
        {
            byte value = Pixel(60 + i);
            Assert.That(picture[i / 3, i % 3], Is.EqualTo(new Rgb(value, value, value)));
        }
    }

    [Test]
    public void Gzipped_files_and_a_dot_in_the_name_give_the_same_pictures()
    {
        using TemporaryFolder plain = Sample(), zipped = new();
        zipped.Write("train-images.idx3-ubyte.gz", Zip(Idx([7, 5, 3])));
        zipped.Write(Labels + ".gz", Zip(LabelFile(9, 0, 1, 2, 3, 4, 5)));
        (IPictureSource a, IPictureSource b) = (DataSets.Open(plain.Path).Training, DataSets.Open(zipped.Path).Training);
        Assert.That(b.Count, Is.EqualTo(a.Count));
        for (int i = 0; i < a.Count; i++)
        {
            Assert.That(b.Get(i).Pixels.ToArray(), Is.EqualTo(a.Get(i).Pixels.ToArray()));
            Assert.That(b.Label(i), Is.EqualTo(a.Label(i)));
        }
    }

    [Test]
    public void More_than_a_mebibyte_is_read_whole()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Images + ".gz", Zip(Idx([1500, 31, 29])));
        folder.Write(Labels, LabelFile(new byte[1500]));
        IPictureSource set = DataSets.Open(folder.Path).Training;
        Assert.That(set.Get(1499)[30, 28].R, Is.EqualTo(Pixel(1500 * 31 * 29 - 1)));
    }

    [Test]
    public void Labels_follow_the_order_of_a_trained_networks_classes()
    {
        using TemporaryFolder folder = Sample();
        string[] reversed = ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
        DataSet set = DataSets.Open(folder.Path, new() { Classes = reversed });
        Assert.That(Enumerable.Range(0, 7).Select(set.Training.Label), Is.EqualTo(new[] { 0, 9, 8, 7, 6, 5, 4 }));
        Assert.That(set.Classes, Is.EqualTo(reversed));
        Refused(folder, "class '0' that the network does not know", options: new() { Classes = ["1", "cat"] });
    }

    [Test]
    public void A_test_split_alone_can_be_measured_on_but_not_learned_from()
    {
        using var folder = new TemporaryFolder();
        folder.Write("t10k-images-idx3-ubyte", Idx([2, 4, 4]));
        folder.Write("t10k-labels-idx1-ubyte", LabelFile(1, 2));
        DataSet set = DataSets.Open(folder.Path);
        Assert.That((set.Evaluation.Count, set.Classes.Count), Is.EqualTo((2, 10)));
        Assert.That(() => set.Training, Throws.TypeOf<DataSetException>().With.Message.Contains("test pictures only"));
    }

    [Test]
    public void To_look_at_it_takes_what_is_measured_on_and_of_a_folder_every_picture()
    {
        using TemporaryFolder folder = Sample();
        Assert.That(DataSets.OpenPictures(folder.Path).Pictures.Count, Is.EqualTo(3));
        using var pictures = new TemporaryFolder();
        pictures.Write("a.png", Pictures.PictureFixtures.NoisePng(3, 4, 1));
        pictures.Write("deep/b.png", Pictures.PictureFixtures.NoisePng(3, 4, 1));
        pictures.Write("deep/c.png", [0]);
        (IPictureSource set, IReadOnlyList<PictureException> skipped) = DataSets.OpenPictures(pictures.Path, UnreadablePictures.Skip);
        Assert.That((set.Count, skipped.Count, set.Classes.Count), Is.EqualTo((2, 1, 0)));
    }

    [Test]
    public void A_wrong_magic_number_is_named()
    {
        using TemporaryFolder folder = Sample();
        foreach (byte[] magic in new byte[][] { [0, 0, 8, 1], [0, 0, 13, 3], [1, 0, 8, 3], [8, 3, 0, 0] })
        {
            byte[] bytes = Idx([7, 5, 3]);
            magic.CopyTo(bytes, 0);
            folder.Write(Images, bytes);
            Refused(folder, $"begins with {Convert.ToHexStringLower(magic)}, not 00000803");
        }
        folder.Write(Images, LabelFile(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3));
        Refused(folder, "begins with 00000801");
    }

    [Test]
    public void A_file_cut_anywhere_is_refused()
    {
        using TemporaryFolder folder = Sample();
        byte[] whole = Idx([7, 5, 3]), zipped = Zip(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            folder.Write(Images, whole[..length]);
            Refused(folder, length < 16 ? "inside its idx header" : $"promises 105 values, and there are {length - 16}");
        }
        folder.Write(Images, [.. whole, 0]);
        Refused(folder, "more than the 105 values");
        File.Delete(folder.File(Images));
        for (int length = 0; length < zipped.Length - 8; length++)
        {
            folder.Write(Images + ".gz", zipped[..length]);
            Refused(folder, Images + ".gz");
        }
    }

    [Test]
    public void Damaged_gzip_data_is_a_sentence()
    {
        using TemporaryFolder folder = Sample();
        File.Delete(folder.File(Images));
        byte[] zipped = Zip(Idx([7, 5, 3]));
        zipped[zipped.Length / 2] ^= 0xFF;
        folder.Write(Images + ".gz", zipped);
        Refused(folder, "idx3-ubyte.gz'");
    }

    [Test]
    public void What_the_header_claims_is_not_believed()
    {
        using TemporaryFolder folder = Sample();
        folder.Write(Images, Header(3, [2_000_000_000, 1, 1]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(folder, "promises 2000000000 values, and there are 0");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
        folder.Write(Images, Header(3, [1 << 20, 1 << 20, 1 << 20]));
        Refused(folder, "a size that cannot be");
        folder.Write(Images, Header(3, [-1, 28, 28]));
        Refused(folder, "a size that cannot be: 4294967295 in dimension 1");
        folder.Write(Images, Header(3, [7, 0, 28]));
        Refused(folder, "a size that cannot be: 0 in dimension 2");
        folder.Write(Images, Header(3, [0, 28, 28]));
        folder.Write(Labels, LabelFile());
        Refused(folder, "has no pictures");
    }

    [Test]
    public void Labels_out_of_range_missing_or_of_another_number_are_named()
    {
        using TemporaryFolder folder = Sample();
        folder.Write(Labels, LabelFile(9, 0, 1, 10, 3, 4, 5));
        Refused(folder, "Label 3 of", "is 10: labels are 0 to 9");
        folder.Write(Labels, LabelFile(1, 2, 3));
        Refused(folder, "has 7 pictures", "has 3 labels");
        File.Delete(folder.File(Labels));
        Refused(folder, "'train-labels-idx1-ubyte' is missing");
        File.Delete(folder.File(Images));
        folder.Write(Labels, LabelFile(1, 2, 3));
        Refused(folder, "'train-images-idx3-ubyte' is missing");
    }

    internal static byte[] Idx(int[] size)
    {
        int length = size.Aggregate(1, (a, b) => a * b);
        return [.. Header((byte)size.Length, size), .. Enumerable.Range(0, length).Select(Pixel)];
    }

    internal static byte[] LabelFile(params byte[] labels) => [.. Header(1, [labels.Length]), .. labels];

    internal static byte[] Zip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest)) gzip.Write(bytes);
        return zipped.ToArray();
    }

    static byte Pixel(int i) => (byte)(i * 37 + i / 251 * 11);

    static byte[] Header(byte rank, int[] size)
    {
        var header = new byte[4 + 4 * rank];
        (header[2], header[3]) = (8, rank);
        for (int d = 0; d < rank; d++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * d), size[d]);
        return header;
    }

    static TemporaryFolder Sample()
    {
        var folder = new TemporaryFolder();
        folder.Write(Images, Idx([7, 5, 3]));
        folder.Write(Labels, LabelFile(9, 0, 1, 2, 3, 4, 5));
        folder.Write("t10k-images-idx3-ubyte", Idx([3, 5, 3]));
        folder.Write("t10k-labels-idx1-ubyte", LabelFile(7, 7, 8));
        return folder;
    }

    static void Refused(TemporaryFolder folder, string part, string other = "", DataSetOptions? options = null)
    {
        DataSetException e = Assert.Throws<DataSetException>(() => DataSets.Open(folder.Path, options))!;
        Assert.That(e.Message, Does.Contain(part).And.Contain(other).And.EndWith(".").And.Not.Contain("\n"));
    }
}
