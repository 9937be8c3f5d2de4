using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Tests.Data;

sealed class CifarTests
{
    static readonly string[] s_ten = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    [Test]
    public void Ten_classes_come_from_their_batches_in_order()
    {
        using TemporaryFolder folder = Ten();
        DataSet set = DataSets.Open(folder.Path);
        Assert.That(set.Classes, Is.EqualTo(s_ten));
        Assert.That((set.Training.Count, set.Test!.Count), Is.EqualTo((5, 2)));
        Assert.That(Enumerable.Range(0, 5).Select(set.Training.Label), Is.EqualTo(new[] { 3, 9, 0, 5, 6 }));
        Assert.That(Enumerable.Range(0, 2).Select(set.Test.Label), Is.EqualTo(new[] { 8, 1 }));
        Assert.That(set.Training.Name(4), Does.EndWith("data_batch_2.bin#1"));

        // Records hold the red plane, the green one and the blue one; Batch's value at i of picture p is 7 i + 31 p.
        Picture picture = set.Training.Get(4);
        Assert.That((picture.Height, picture.Width), Is.EqualTo((32, 32)));
        foreach ((int y, int x) in new[] { (0, 0), (3, 17), (31, 31) })
            Assert.That(picture[y, x], Is.EqualTo(new Rgb(Value(y * 32 + x, 1), Value(1024 + y * 32 + x, 1), Value(2048 + y * 32 + x, 1))));
    }

    [Test]
    public void A_hundred_classes_take_the_fine_label()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train.bin", Batch(2, 4, 99, 11, 0, 19, 7));
        folder.Write("test.bin", Batch(2, 1, 42));
        DataSet set = DataSets.Open(folder.Path);
        Assert.That((set.Classes.Count, set.Classes[42]), Is.EqualTo((100, "42")), "numbers, where no file names them");
        Assert.That(Enumerable.Range(0, 3).Select(set.Training.Label).Append(set.Evaluation.Label(0)), Is.EqualTo(new[] { 99, 0, 7, 42 }));
        Assert.That(set.Training.Get(1)[0, 1].R, Is.EqualTo(Value(1, 1)));
    }

    [Test]
    public void Truncated_batches_are_named_with_what_is_left()
    {
        using TemporaryFolder folder = Ten();
        byte[] whole = Batch(1, 3, 9, 0);
        foreach (int length in new[] { 1, 3072, 3074, 6145, whole.Length - 1, whole.Length })
        {
            folder.Write("data_batch_1.bin", whole[..length]);
            if (length % 3073 == 0) DataSets.Open(folder.Path);
            else Refused(folder, "data_batch_1.bin' is cut", $"after {length / 3073} pictures of 3073 bytes, {length % 3073} bytes");
        }
        folder.Write("data_batch_1.bin", []);
        Refused(folder, "data_batch_1.bin' has no pictures");
    }

    [Test]
    public void A_missing_batch_a_wrong_label_and_a_wrong_list_of_names_are_named()
    {
        using TemporaryFolder folder = Ten();
        folder.Write("data_batch_4.bin", Batch(1, 3));
        Refused(folder, "'data_batch_4.bin', but no 'data_batch_3.bin'");
        File.Delete(folder.File("data_batch_4.bin"));
        folder.Write("test_batch.bin", Batch(1, 3, 10));
        Refused(folder, "picture 1", "is 10: those of CIFAR-10 are 0 to 9");
        folder.Write("batches.meta.txt", "one\ntwo\n"u8.ToArray());
        Refused(folder, "does not name 10 classes");
    }

    [Test]
    public void The_python_version_is_told_apart()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_1", [0x80, 2]);
        Refused(folder, "Python version", "binary version");
    }

    [Test]
    public void Labels_follow_the_order_of_a_trained_networks_classes()
    {
        using TemporaryFolder folder = Ten();
        DataSet set = DataSets.Open(folder.Path, new() { Classes = [.. s_ten.Reverse()] });
        Assert.That(Enumerable.Range(0, 5).Select(set.Training.Label), Is.EqualTo(new[] { 6, 0, 9, 4, 3 }));
        Refused(folder, "'automobile' that the network does not know", options: new() { Classes = ["airplane", "dog"] });
    }

    [Test]
    public void Anything_else_is_a_folder_of_classes()
    {
        using var folder = new TemporaryFolder();
        folder.Write("cat/a.png", Pictures.PictureFixtures.NoisePng(4, 4, 1));
        folder.Write("dog/a.png", [1]);
        DataSet set = DataSets.Open(folder.Path, new() { Unreadable = UnreadablePictures.Fail });
        Assert.That((set.Training.Count, set.Test, set.Background), Is.EqualTo((2, (IPictureSource?)null, Rgb.White)));
        Assert.That(set.Evaluation, Is.SameAs(set.Training));
        folder.Write("dog/b.png", Pictures.PictureFixtures.NoisePng(4, 4, 1));
        set = DataSets.Open(folder.Path, new() { Unreadable = UnreadablePictures.Skip });
        Assert.That(set.Skipped.Select(e => Path.GetFileName(e.Name)), Is.EqualTo(new[] { "a.png" }));
        Assert.That(() => DataSets.Open(folder.File("none")), Throws.TypeOf<DataSetException>().With.Message.Contains("There is no folder"));
    }

    static TemporaryFolder Ten()
    {
        var folder = new TemporaryFolder();
        folder.Write("data_batch_1.bin", Batch(1, 3, 9, 0));
        folder.Write("data_batch_2.bin", Batch(1, 5, 6));
        folder.Write("test_batch.bin", Batch(1, 8, 1));
        folder.Write("batches.meta.txt", System.Text.Encoding.ASCII.GetBytes(string.Join('\n', s_ten) + "\n\n"));
        return folder;
    }

    /// <summary>Records of so many labels each, then 3072 bytes.</summary>
    static byte[] Batch(int labelBytes, params byte[] labels) =>
        [.. labels.Chunk(labelBytes).SelectMany((label, p) => label.Concat(Enumerable.Range(0, 3072).Select(i => Value(i, p))))];

    static byte Value(int i, int picture) => (byte)(7 * i + 31 * picture);

    static void Refused(TemporaryFolder folder, string part, string other = "", DataSetOptions? options = null)
    {
        DataSetException e = Assert.Throws<DataSetException>(() => DataSets.Open(folder.Path, options))!;
        Assert.That(e.Message, Does.Contain(part).And.Contain(other).And.EndWith(".").And.Not.Contain("\n"));
    }
}
