using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Weights;

public sealed class SafetensorsFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void What_was_written_is_read_back()
    {
        string path = folder.File("w.safetensors");
        float[] weight = [.. Enumerable.Range(0, 24).Select(i => i * 0.5f - 3)];
        double[] scale = [Math.PI];
        var metadata = new Dictionary<string, string> { ["b"] = "zwei\n\"2\"", ["a"] = "Ein Bär 🐻" };
        Write(path, weight, scale, metadata);

        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Metadata, Is.EquivalentTo(metadata));
            Assert.That(
                file.Entries.Select(entry => entry.ToString()),
                Is.EqualTo(new[] { "scale F64 []", "features.0.weight F32 [2, 3, 4]", "empty F32 [0, 5]", "mask U8 [3]" }));
        }

        using MappedWeights a = file.Map("features.0.weight"), b = file.Map("scale"), c = file.Map("empty"), d = file.Map("mask");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(a.ToArray<float>(), Is.EqualTo(weight));
            Assert.That(b.ToArray<double>(), Is.EqualTo(scale));
            Assert.That(c.ToArray<float>(), Is.Empty);
            Assert.That(d.ToArray<byte>(), Is.EqualTo(new byte[] { 1, 0, 1 }));
            Assert.That(new[] { a, b, c, d }.All(bytes => bytes.IsAligned));
        }
    }

    [Test]
    public void The_same_input_gives_the_same_bytes()
    {
        string one = folder.File("1"), two = folder.File("2");
        Write(one, new float[24], [1], new Dictionary<string, string> { ["x"] = "1", ["a"] = "2" });
        Write(two, new float[24], [1], new Dictionary<string, string> { ["a"] = "2", ["x"] = "1" });
        Assert.That(File.ReadAllBytes(one), Is.EqualTo(File.ReadAllBytes(two)));
    }

    [Test]
    public void The_bytes_are_those_the_format_prescribes()
    {
        string path = folder.File("w");
        SafetensorsWriter.Write(
            path, [new WeightInfo("a", WeightDType.F32, [2])], null, writer => writer.Write<float>([1f, -2f]));
        byte[] expected =
        [
            56, 0, 0, 0, 0, 0, 0, 0,
            .. Encoding.UTF8.GetBytes("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} """.PadRight(56)),
            0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0,
        ];
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(expected));
    }

    [Test]
    public void A_file_without_tensors_is_valid()
    {
        string path = folder.File("w");
        SafetensorsWriter.Write(path, [], null, _ => Assert.Fail("There is nothing to fill."));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Entries, Is.Empty);
            Assert.That(file.Metadata, Is.Empty);
            Assert.That(new FileInfo(path).Length, Is.EqualTo(16));
        }
    }

    [Test]
    public void A_file_of_other_making_with_an_odd_header_is_read_by_copy()
    {
        // No spaces at the end of the header, tensors in another order than their bytes, a field that we do not know.
        const string Header =
            """{"b":{"dtype":"I16","shape":[1],"data_offsets":[8,10],"note":{"x":[1,2]}},"__metadata__":null,"a":{"data_offsets":[0,8],"shape":[2,1],"dtype":"F32"}}""";
        Assert.That(Header.Length % 4, Is.Not.Zero, "the test wants an unaligned file");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Header.Length);
        string path = folder.File("w");
        File.WriteAllBytes(path, [.. length, .. Encoding.UTF8.GetBytes(Header), 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7, 0]);

        using SafetensorsFile file = SafetensorsFile.Open(path);
        using MappedWeights a = file.Map("a"), b = file.Map("b");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Entries.Select(entry => entry.Name), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(a.IsAligned, Is.False);
            Assert.That(a.ToArray<float>(), Is.EqualTo(new[] { 1f, -2f }));
            Assert.That(b.ToArray<short>(), Is.EqualTo(new short[] { 7 }));
        }
    }

    [Test]
    public unsafe void Changing_mapped_weights_leaves_the_file_alone()
    {
        string path = folder.File("w");
        Write(path, new float[24], [1], null);
        byte[] before = File.ReadAllBytes(path);
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        using (MappedWeights weight = file.Map("features.0.weight"))
        {
            new Span<float>((void*)weight.Address, 24).Fill(7);
            Assert.That(weight.ToArray<float>(), Is.All.EqualTo(7f));
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public void Mapped_weights_outlive_the_file_and_its_replacement()
    {
        string path = folder.File("w");
        float[] old = [.. Enumerable.Repeat(3f, 24)];
        Write(path, old, [1], null);
        MappedWeights weight;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            weight = file.Map("features.0.weight");
            Write(path, new float[24], [1], null);
        }

        Assert.That(weight.ToArray<float>(), Is.EqualTo(old));
        weight.Dispose();
        Assert.That(() => weight.Address, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Reading_past_a_tensor_is_refused()
    {
        string path = folder.File("w");
        Write(path, new float[24], [1], null);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using MappedWeights weight = file.Map("features.0.weight");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => weight.CopyTo(93, new byte[4]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => weight.CopyTo(-1, new byte[4]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => weight.CopyTo(long.MaxValue, new byte[4]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(weight.ToArray<double>, Throws.ArgumentException);
            Assert.That(
                () => file.Map("conv9"),
                Throws.TypeOf<WeightsFileException>().With.Message.EqualTo($"Weights file '{path}': it has no tensor 'conv9'."));
        }
    }

    [Test]
    public void A_tensor_past_two_to_the_31_bytes_is_mapped()
    {
        // A sparse file: the header, then 2.5 GB of which only the last element is on the disk.
        const long Count = 625_000_000;
        string header = $$$"""{"w":{"dtype":"F32","shape":[{{{Count}}}],"data_offsets":[0,{{{Count * 4}}}]}}""".PadRight(72);
        string path = folder.File("w");
        using (FileStream stream = File.Create(path))
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write([.. length, .. Encoding.UTF8.GetBytes(header)]);
            stream.SetLength(stream.Position + Count * 4);
            stream.Position = stream.Length - 4;
            stream.Write(MemoryMarshal.AsBytes<float>([42f]));
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        using MappedWeights weight = file.Map("w");
        var last = new float[2];
        weight.CopyTo((Count - 2) * 4, MemoryMarshal.AsBytes(last.AsSpan()));
        Assert.That(last, Is.EqualTo(new[] { 0f, 42f }));
    }

    private static void Write(string path, float[] weight, double[] scale, IReadOnlyDictionary<string, string>? metadata) =>
        SafetensorsWriter.Write(
            path,
            [
                new WeightInfo("features.0.weight", WeightDType.F32, [2, 3, 4]),
                new WeightInfo("empty", WeightDType.F32, [0, 5]),
                new WeightInfo("mask", WeightDType.U8, [3]),
                new WeightInfo("scale", WeightDType.F64, []),
            ],
            metadata,
            writer =>
            {
                switch (writer.Current.Name)
                {
                    case "features.0.weight":
                        // In two parts, the second from native memory.
                        writer.Write<float>(weight.AsSpan(0, 7));
                        unsafe
                        {
                            fixed (float* rest = &weight[7])
                                writer.Write(new NativeSpan<float>(rest, weight.Length - 7));
                        }

                        break;
                    case "mask":
                        writer.Write<byte>([1, 0, 1]);
                        break;
                    case "scale":
                        writer.Write<double>(scale);
                        break;
                }
            });
}
