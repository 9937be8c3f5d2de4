using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Weights;

public sealed class AtomicFileTests
{
    private static readonly WeightInfo Tensor = new("a", WeightDType.F32, [300_000]);
    private TemporaryFolder folder = null!;
    private string path = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        path = folder.File("old.safetensors");
        File.WriteAllText(path, "old");
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void The_target_changes_only_at_the_commit()
    {
        using (var file = new AtomicFile(path))
        {
            file.Write("new"u8);
            Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
            file.Commit();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
            Assert.That(folder.Files, Is.EqualTo(new[] { "old.safetensors" }));
        }
    }

    [Test]
    public void Without_a_commit_nothing_has_changed()
    {
        using (var file = new AtomicFile(path))
            file.Write("new"u8);
        Unchanged();
    }

    [TestCase(0)]
    [TestCase(8)]
    [TestCase(100)]
    [TestCase(700_000)]
    public void A_disk_that_fills_up_while_writing_is_one_sentence(int room)
    {
        FileWriteException e = Assert.Throws<FileWriteException>(() => SafetensorsWriter.Write(
            path,
            [Tensor],
            null,
            writer =>
            {
                for (int i = 0; i < 30; i++)
                    writer.Write<float>(new float[10_000]);
            },
            (target, bytes) => new AtomicFile(target, bytes, (temporary, _) => new SmallDisk(temporary, room))))!;
        Assert.That(e.Message, Is.EqualTo($"Could not write '{path}': the disk is full; nothing was changed."));
        Unchanged();
    }

    [Test]
    public void A_disk_that_is_full_when_flushing_is_one_sentence()
    {
        using (var file = new AtomicFile(path, 0, (temporary, _) => new SmallDisk(temporary, 100) { FullAtFlush = true }))
        {
            file.Write("new"u8);
            Assert.That(
                file.Commit,
                Throws.TypeOf<FileWriteException>().With.Message.EqualTo($"Could not write '{path}': the disk is full; nothing was changed."));
        }

        Unchanged();
    }

    [Test]
    public void Space_that_cannot_be_reserved_is_one_sentence()
    {
        // The runtime's words where posix_fallocate answers ENOSPC.
        const string Words = "Failed to create '/x/.w.tmp' with allocation size '8' because the disk was full.";
        Assert.That(
            () => new AtomicFile(path, 8, (_, _) => throw new IOException(Words)),
            Throws.TypeOf<FileWriteException>().With.Message.EqualTo($"Could not write '{path}': the disk is full; nothing was changed."));
        Unchanged();
    }

    [Test]
    public void A_disk_without_room_refuses_before_a_byte_is_written()
    {
        // Far more than any file system can hold; those that cannot reserve space fail while writing instead.
        FileWriteException? e = null;
        try
        {
            new AtomicFile(path, 1L << 60).Dispose();
        }
        catch (FileWriteException fault)
        {
            e = fault;
        }

        if (e is null)
            Assert.Ignore("This file system does not reserve space.");
        Assert.That(e.Message, Does.StartWith($"Could not write '{path}': the disk is full").Or.Contains("too large"));
        Unchanged();
    }

    [Test]
    public void A_fill_that_throws_leaves_the_old_file()
    {
        Assert.That(
            () => SafetensorsWriter.Write(path, [Tensor], null, _ => throw new OperationCanceledException()),
            Throws.TypeOf<OperationCanceledException>());
        Unchanged();
    }

    [Test]
    public void A_folder_a_missing_folder_and_a_device_are_one_sentence()
    {
        string missing = Path.Combine(folder.Path, "none", "w");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => AtomicFile.Write(folder.Path, _ => { }),
                Throws.TypeOf<FileWriteException>().With.Message.EqualTo($"Could not write '{folder.Path}': it is a folder."));
            Assert.That(
                () => AtomicFile.Write(missing, _ => { }),
                Throws.TypeOf<FileWriteException>().With.Message.EqualTo(
                    $"Could not write '{missing}': its folder does not exist; nothing was changed."));
        }

        if (File.Exists("/dev/full"))
        {
            Assert.That(
                () => AtomicFile.Write("/dev/full", stream => stream.Write("x"u8)),
                Throws.TypeOf<FileWriteException>().With.Message.EqualTo("Could not write '/dev/full': it is a device, not a file."));
        }
    }

    [Test]
    public void A_stream_that_fails_in_the_static_form_is_one_sentence()
    {
        Assert.That(
            () => AtomicFile.Write(path, _ => throw new IOException("The cable fell out.")),
            Throws.TypeOf<FileWriteException>().With.Message.EqualTo(
                $"Could not write '{path}': The cable fell out; nothing was changed."));
        Unchanged();
    }

    [Test]
    public void A_link_is_followed()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Links need a privilege on Windows.");
        string link = folder.File("link");
        File.CreateSymbolicLink(link, path);
        AtomicFile.Write(link, stream => stream.Write("new"u8));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
            Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo(path));
        }
    }

    private void Unchanged()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
            Assert.That(folder.Files, Is.EqualTo(new[] { "old.safetensors" }), "the temporary is gone");
        }
    }

    /// <summary>A file on a disk with room for so many bytes; full, it answers as Linux and Windows do.</summary>
    private sealed class SmallDisk(string path, long room) : MemoryStream
    {
        private readonly FileStream file = File.Create(path);

        public bool FullAtFlush { get; init; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (file.Length + buffer.Length > room)
                throw Full();
            file.Write(buffer);
        }

        public override void Flush()
        {
            if (FullAtFlush)
                throw Full();
            file.Flush();
        }

        protected override void Dispose(bool disposing)
        {
            file.Dispose();
            base.Dispose(disposing);
        }

        private static IOException Full() => new("No space left on device", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
    }
}
