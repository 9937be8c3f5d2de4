using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Tests.Emulator;

namespace ZfNet.Tests.Data;

sealed class DemoPicturesTests
{
    static readonly string s_folder = Path.Combine(KernelPtx.Root, "demo", "pictures");

    [Test]
    public void The_committed_sample_is_nine_classes_of_both_vendors_and_every_file_decodes()
    {
        ImageFolder set = ImageFolder.Open(s_folder, new() { Unreadable = UnreadablePictures.Skip });
        Assert.That(set.Skipped, Is.Empty);
        Assert.That(set.Classes, Is.EqualTo(new[]
        {
            "activities", "animals", "flags", "food", "objects", "people", "smileys", "symbols", "travel",
        }));
        Assert.That(set.ClassCounts(), Has.All.InRange(30, 36));
        for (int i = 0; i < set.Count; i++)
        {
            Assert.That(Path.GetFileName(set.Name(i)), Does.StartWith("google_").Or.StartWith("twitter_"));
            Assert.That((set.Get(i).Height, set.Get(i).Width), Is.EqualTo((64, 64)));
        }
    }

    [Test]
    public void The_sample_is_small_and_carries_its_licences()
    {
        long bytes = Directory.EnumerateFiles(s_folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.That(bytes, Is.LessThan(1_500_000));
        foreach (string name in new[] { "ATTRIBUTION.md", "LICENSE-APACHE-2.0.txt", "LICENSE-CC-BY-4.0.txt" })
            Assert.That(Path.Combine(s_folder, name), Does.Exist);
    }
}
