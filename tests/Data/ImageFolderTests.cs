using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class ImageFolderTests
{
    [Test]
    public void Classes_and_pictures_come_in_ordinal_order_from_any_depth()
    {
        using TemporaryFolder folder = Sample();
        ImageFolder set = ImageFolder.Open(folder.Path);
        Assert.That(set.Classes, Is.EqualTo(new[] { "Zoo", "animals", "objects" }), "ordinal: capitals first");
        Assert.That(Names(set, folder.Path), Is.EqualTo(new[]
        {
            "Zoo/a.png", "animals/A.PNG", "animals/B/a.jpeg", "animals/a-1.png", "animals/a.png", "objects/x.webp",
        }));
        Assert.That(Enumerable.Range(0, set.Count).Select(set.Label), Is.EqualTo(new[] { 0, 1, 1, 1, 1, 2 }));
        Assert.That(set.ClassCounts(), Is.EqualTo(new[] { 1, 4, 1 }));
        Assert.That(set.Skipped, Is.Empty);
    }

    [Test]
    public void Known_classes_keep_their_labels_and_strangers_are_named()
    {
        using TemporaryFolder folder = Sample();
        ImageFolder set = ImageFolder.Open(folder.Path, new() { Classes = ["objects", "plants", "animals", "Zoo"] });
        Assert.That(Enumerable.Range(0, set.Count).Select(set.Label), Is.EqualTo(new[] { 3, 2, 2, 2, 2, 0 }));
        AssertSentence(() => ImageFolder.Open(folder.Path, new() { Classes = ["animals", "Zoo"] }), "objects", "does not know");
    }

    [Test]
    public void Bad_folders_each_have_a_sentence()
    {
        using var folder = new TemporaryFolder();
        AssertSentence(() => ImageFolder.Open(folder.File("none")), "none", "There is no folder");
        AssertSentence(() => ImageFolder.Open(folder.Path), folder.Path, "is empty");
        string file = folder.Write("a.png", PictureFixtures.NoisePng(4, 4, 1));
        AssertSentence(() => ImageFolder.Open(file), "a.png", "is a file");
        AssertSentence(() => ImageFolder.Open(folder.Path), folder.Path, "no class folders");
        folder.Write("bare/readme.txt", [1]);
        AssertSentence(() => ImageFolder.Open(folder.Path), "bare", "has no picture");
    }

    [Test]
    public void Unreadable_pictures_are_fatal_when_met_or_skipped_and_listed()
    {
        using TemporaryFolder folder = Sample();
        folder.Write("animals/a-0.png", [1, 2, 3]);
        folder.Write("objects/w.jpg", PictureFixtures.NoisePng(9, 9, 1)[..60]);
        ImageFolder fatal = ImageFolder.Open(folder.Path);
        int bad = Array.FindIndex([.. Enumerable.Range(0, fatal.Count)], i => fatal.Name(i).EndsWith("a-0.png", StringComparison.Ordinal));
        Assert.That(() => fatal.Get(bad), Throws.TypeOf<PictureException>().With.Message.Contains("a-0.png"));

        ImageFolder skip = ImageFolder.Open(folder.Path, new() { Unreadable = UnreadablePictures.Skip });
        Assert.That(skip.Count, Is.EqualTo(fatal.Count - 2));
        Assert.That(skip.Skipped.Select(e => (Path.GetFileName(e.Name), e.Fault)),
            Is.EqualTo(new[] { ("a-0.png", PictureFault.NotAPicture), ("w.jpg", PictureFault.Damaged) }));
        Assert.That(() => Enumerable.Range(0, skip.Count).Select(skip.Get).ToList(), Throws.Nothing);

        folder.Write("worst/only.png", [0]);
        AssertSentence(() => ImageFolder.Open(folder.Path, new() { Unreadable = UnreadablePictures.Skip }), "worst", "only.png");
    }

    [Test]
    public void A_picture_set_is_recursive_sorted_and_refuses_to_be_empty()
    {
        using TemporaryFolder folder = Sample();
        PictureSet set = PictureSet.Open(folder.Path);
        Assert.That(Names(set, folder.Path), Is.EqualTo(new[]
        {
            "Zoo/a.png", "animals/A.PNG", "animals/B/a.jpeg", "animals/a-1.png", "animals/a.png", "objects/x.webp",
        }));
        Assert.That(set.Label(0), Is.EqualTo(-1));
        Assert.That(PictureSet.Open(folder.File("Zoo/a.png")).Count, Is.EqualTo(1));
        AssertSentence(() => PictureSet.Open(folder.File("nothing")), "nothing", "There is no folder");
        AssertSentence(() => PictureSet.Of([]), "No picture", "given");
        using var empty = new TemporaryFolder();
        AssertSentence(() => PictureSet.Open(empty.Path), empty.Path, "no picture");
        empty.Write("a.png", [0]);
        AssertSentence(() => PictureSet.Open(empty.Path, UnreadablePictures.Skip), empty.Path, "no readable picture");
    }

    [Test]
    public void Links_to_files_are_followed_and_rings_of_folders_are_not()
    {
        using TemporaryFolder folder = Sample();
        File.CreateSymbolicLink(folder.File("Zoo/link.png"), folder.File("Zoo/a.png"));
        Directory.CreateSymbolicLink(folder.File("Zoo/ring"), folder.Path);
        Assert.That(ImageFolder.Open(folder.Path).ClassCounts()[0], Is.EqualTo(2));
    }

    static TemporaryFolder Sample()
    {
        var folder = new TemporaryFolder();
        int seed = 0;
        foreach (string name in new[]
        {
            "objects/x.webp", "animals/a.png", "animals/A.PNG", "animals/a-1.png", "animals/B/a.jpeg", "Zoo/a.png",
            ".hidden/a.png", "animals/.b.png", "animals/.git/c.png",
        })
            folder.Write(name, PictureFixtures.NoisePng(6, 5, seed++));
        folder.Write("animals/LICENSE", [1]);
        folder.Write("list.txt", [1]);
        return folder;
    }

    static IEnumerable<string> Names(IPictureSource set, string root) =>
        Enumerable.Range(0, set.Count).Select(i => Path.GetRelativePath(root, set.Name(i)).Replace('\\', '/'));

    static void AssertSentence(Action act, params string[] parts)
    {
        DataSetException e = Assert.Throws<DataSetException>(act)!;
        foreach (string part in parts) Assert.That(e.Message, Does.Contain(part));
        Assert.That(e.Message, Does.EndWith(".").And.Not.Contain("\n"));
    }
}
