using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Weights;

public sealed class SafetensorsTensorsTests
{
    private TemporaryFolder folder = null!;
    private string path = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        path = folder.File("w");
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void Tensors_of_every_engine_type_go_to_disk_and_back()
    {
        using var scope = new TensorScope();
        Tensor[] tensors =
        [
            Tensor.Normal([3, 5, 7], new Generator(1)),
            Tensor.Normal([3, 5], new Generator(1), dtype: DType.Float64),
            Tensor.From([1, -2, int.MaxValue], [3]),
            Tensor.Zeros([0, 4]),
            Tensor.Full([], 2.5),

            // A strided view is written in row-major order.
            Tensor.Normal([4, 6], new Generator(2)).Permute(1, 0),
        ];
        Save(tensors);
        using var file = SafetensorsFile.Open(path);
        using (Assert.EnterMultipleScope())
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                var read = file.Tensor($"{i}");
                Assert.That(read.Shape, Is.EqualTo(tensors[i].Shape));
                Assert.That(Values(read), Is.EqualTo(Values(tensors[i])), $"tensor {i}");
            }
        }
    }

    [Test]
    public void A_tensor_larger_than_a_chunk_is_written_and_copied_whole()
    {
        using var scope = new TensorScope();
        var tensor = Tensor.Normal([5_000_003], new Generator(1));
        Save([tensor]);

        // One byte more of header: nothing is aligned, so the tensor must be copied.
        byte[] bytes = File.ReadAllBytes(path);
        long header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header + 1);
        string odd = folder.File("odd");
        File.WriteAllBytes(odd, [.. bytes.AsSpan(0, 8 + (int)header), (byte)' ', .. bytes.AsSpan(8 + (int)header)]);
        using SafetensorsFile aligned = SafetensorsFile.Open(path), unaligned = SafetensorsFile.Open(odd);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(aligned.Tensor("0").ToArray<float>().AsSpan().SequenceEqual(tensor.ToArray<float>()));
            Assert.That(unaligned.Tensor("0").ToArray<float>().AsSpan().SequenceEqual(tensor.ToArray<float>()));
        }
    }

    [Test]
    public void A_tensor_that_ends_at_a_pages_end_is_copied()
    {
        // Kernels may read a little past a buffer's end; past the last page that would be a fault.
        const string Entry = """{"0":{"dtype":"F32","shape":[1022],"data_offsets":[0,4088]}}""";
        int page = Environment.SystemPageSize;
        int elements = (page * 2 - 8 - 80) / 4;
        string header = Entry.Replace("1022", $"{elements}", StringComparison.Ordinal).Replace("4088", $"{elements * 4}", StringComparison.Ordinal).PadRight(80);
        var bytes = new byte[page * 2];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, 80);
        Encoding.UTF8.GetBytes(header).CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
        using var file = SafetensorsFile.Open(path);
        using var mapped = file.Map("0");
        Assert.That(mapped.ReadableAfter, Is.Zero);
        var before = CpuBackend.Memory.InUse;
        using var tensor = file.Tensor("0");
        Assert.That(CpuBackend.Memory.InUse - before, Is.GreaterThanOrEqualTo(elements * 4));
    }

    [Test]
    public void A_checksum_is_of_every_byte_before_it_and_other_readers_see_a_tensor()
    {
        // The check value of CRC-32C's specification.
        var sum = new Crc32C();
        sum.Append("1234"u8);
        sum.Append("56789"u8);
        Assert.That(sum.Value, Is.EqualTo(0xE3069283));

        using var scope = new TensorScope();
        var tensor = Tensor.Normal([700_001], new Generator(1));
        SafetensorsWriter.Write(
            path, [new WeightInfo("b", WeightDType.U8, [1]), new WeightInfo("a", WeightDType.F32, [700_001])], null,
            writer =>
            {
                if (writer.Current.Name == "a")
                    writer.Write(tensor);
                else
                    writer.Write<byte>([7]);
            },
            checksum: true);
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.That(file.Entries.Select(entry => entry.Name), Is.EqualTo(new[] { "a", "b", "checksum.crc32c" }));
            Assert.That(file.CheckSum, Throws.Nothing);
        }

        byte[] bytes = File.ReadAllBytes(path);
        foreach (var at in new[] { bytes.Length / 2, bytes.Length - 5, bytes.Length - 1 })
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 1;
            File.WriteAllBytes(path, changed);
            using var file = SafetensorsFile.Open(path);
            Assert.That(
                file.CheckSum,
                Throws.TypeOf<WeightsFileException>().With.Message.EqualTo(
                    $"Weights file '{path}': its checksum is wrong: a byte is not as it was written."));
        }

        Save([tensor]);
        using var without = SafetensorsFile.Open(path);
        Assert.That(without.CheckSum, Throws.TypeOf<WeightsFileException>().With.Message.EndsWith("it has no checksum."));
    }

    [Test]
    public void A_mapped_tensor_outlives_its_file_and_may_be_changed()
    {
        using (var scope = new TensorScope())
            Save([Tensor.Full([100, 100], 3), Tensor.Zeros([1000])]);
        Tensor tensor;
        using (var file = SafetensorsFile.Open(path))
            tensor = file.Tensor("0");
        File.Delete(path);
        using (tensor)
        {
            Assert.That(tensor.ToArray<float>(), Is.All.EqualTo(3f));
            tensor.Fill(4);
            Assert.That(tensor.ToArray<float>(), Is.All.EqualTo(4f));
        }
    }

    [Test]
    public void Types_that_the_engine_has_not_and_other_shapes_are_one_sentence()
    {
        using var scope = new TensorScope();
        SafetensorsWriter.Write(path, [new WeightInfo("h", WeightDType.F16, [2])], null, writer => writer.Write<byte>(new byte[4]));
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.That(
                () => file.Tensor("h"),
                Throws.TypeOf<WeightsFileException>().With.Message.EqualTo(
                    $"Weights file '{path}': tensor 'h' is of F16, which the engine does not have (F32, F64, I32 or BF16)."));
        }

        var other = Tensor.Zeros([3]);
        Assert.That(
            () => SafetensorsWriter.Write(path, [new WeightInfo("h", WeightDType.F32, [2])], null, writer => writer.Write(other)),
            Throws.InvalidOperationException);
    }

    private static double[] Values(Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => [.. tensor.ToArray<float>().Select(v => (double)v)],
        DType.Float64 => tensor.ToArray<double>(),
        _ => [.. tensor.ToArray<int>().Select(v => (double)v)],
    };

    private void Save(Tensor[] tensors) => SafetensorsWriter.Write(
        path,
        tensors.Select((tensor, i) => new WeightInfo($"{i}", tensor.DType.FileType(), tensor.Shape.Sizes)),
        null,
        writer => writer.Write(tensors[int.Parse(writer.Current.Name, null)]));
}
