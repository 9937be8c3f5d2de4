using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Weights;

/// <summary>Every rule of the format, broken alone: one sentence that names the file and the fault.</summary>
public sealed class SafetensorsHostileTests
{
    private const string A = """ "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} """;
    private TemporaryFolder folder = null!;

    private static IEnumerable<TestCaseData> Headers()
    {
        static TestCaseData Case(string name, string header, int data, string sentence) =>
            new TestCaseData(header, data, sentence).SetArgDisplayNames(name);

        yield return Case("not JSON", "{\"a\":", 0, "the header is not valid JSON at byte 5 of line 1");
        yield return Case("trailing comma", "{" + A + ",}", 8, "not valid JSON");
        yield return Case("comment", "{" + A + "/* x */}", 8, "not valid JSON");
        yield return Case("two objects", "{" + A + "}{}", 8, "not valid JSON");
        yield return Case("NUL after the object", "{" + A + "}\0", 8, "not valid JSON");
        yield return Case("an array", "[]", 0, "does not start with '{'");
        yield return Case("a leading space", " {}", 0, "does not start with '{'");
        yield return Case("an empty header", "", 0, "does not start with '{'");
        yield return Case("deep nesting", "{\"a\":{\"x\":" + new string('[', 100000) + new string(']', 100000) + "}}", 0, "not valid JSON");
        yield return Case("duplicate name", "{" + A + "," + A + "}", 8, "names tensor 'a' twice");
        yield return Case("duplicate name, escaped", "{" + A + "," + A.Replace("\"a\"", "\"\\u0061\"", StringComparison.Ordinal) + "}", 8, "names tensor 'a' twice");
        yield return Case("duplicate field", """{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "twice");
        yield return Case("entry not an object", """{"a":5}""", 0, "entry 'a' is not an object");
        yield return Case("no dtype", """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' lacks dtype");
        yield return Case("no shape", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "tensor 'a' lacks shape");
        yield return Case("no offsets", """{"a":{"dtype":"F32","shape":[2]}}""", 8, "tensor 'a' lacks data_offsets");
        yield return Case("unknown dtype", """{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", 8, "unknown dtype 'Q4' (known: BOOL, U8,");
        yield return Case("dtype a number", """{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "dtype of tensor 'a' is not a text");
        yield return Case("shape a number", """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "shape of tensor 'a' is not a list");
        yield return Case("shape null", """{"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}""", 8, "shape of tensor 'a' is not a list");
        yield return Case("negative size", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("two negative sizes", """{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("size a fraction", """{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("size with an exponent", """{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("size a text", """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("size past 2^63", """{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}""", 8, "other than a whole number");
        yield return Case("shape that wraps to 8 bytes", """{"a":{"dtype":"F32","shape":[4611686018427387904,2,2,2],"data_offsets":[0,8]}}""", 8, "passes 2^63 bytes");
        yield return Case("shape that wraps to 0 bytes", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "passes 2^63 bytes");
        yield return Case("huge shape hidden behind a zero", """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", 0, "passes 2^63 bytes");
        yield return Case("shape of 65 sizes", """{"a":{"dtype":"F32","shape":[""" + string.Join(',', Enumerable.Repeat(1, 65)) + """],"data_offsets":[0,4]}}""", 4, "more than 64 numbers");
        yield return Case("one offset", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8, "are not two numbers");
        yield return Case("three offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "more than 2 numbers");
        yield return Case("offsets reversed", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "[8, 0] of tensor 'a' lie outside");
        yield return Case("offset past the end", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "[0, 8] of tensor 'a' lie outside the 7 bytes");
        yield return Case("offset far past the end", """{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 7, "lie outside");
        yield return Case("negative offset", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "other than a whole number");
        yield return Case("offsets do not match the shape", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12 bytes, but its data_offsets span 8");
        yield return Case("offsets do not match the dtype", """{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", 8, "needs 16 bytes, but its data_offsets span 8");
        yield return Case("overlap", "{" + A + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "tensor 'b' begins at byte 4 of the data and overlaps");
        yield return Case("the same bytes twice", "{" + A + "," + A.Replace("\"a\"", "\"b\"", StringComparison.Ordinal) + "}", 8, "overlaps");
        yield return Case("a hole", "{" + A + ""","b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "bytes 8 to 12 of the data, before tensor 'b', belong to no tensor");
        yield return Case("a hole at the start", """{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "bytes 0 to 4");
        yield return Case("bytes after the last tensor", "{" + A + "}", 9, "the tensors end at byte 8 of the data, but the file goes on to 9");
        yield return Case("metadata a list", """{"__metadata__":[]}""", 0, "__metadata__ is not an object of texts");
        yield return Case("metadata with a number", """{"__metadata__":{"k":1}}""", 0, "the value of 'k' in __metadata__ is not a text");
        yield return Case("metadata nested", """{"__metadata__":{"k":{}}}""", 0, "the value of 'k' in __metadata__ is not a text");
        yield return Case("metadata key twice", """{"__metadata__":{"k":"1","k":"2"}}""", 0, "__metadata__ has 'k' twice");
        yield return Case("metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__ twice");
        yield return Case("half a surrogate pair", """{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "not valid Unicode");
        yield return Case("half a surrogate pair in a field", """{"a":{"\ud800":1}}""", 4, "not valid Unicode");
        yield return Case("half a surrogate pair in metadata", """{"__metadata__":{"k":"\udc00"}}""", 0, "not valid Unicode");
    }

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [TestCaseSource(nameof(Headers))]
    public void A_broken_header_is_one_sentence(string header, int dataBytes, string sentence) =>
        Refuses(File(Encoding.UTF8.GetBytes(header), dataBytes), sentence);

    [Test]
    public void Invalid_utf8_is_refused() =>
        Refuses(File([.. "{\"a\xC3"u8[..4], 0xC3, 0x28, .. "\":1}"u8], 0), "not valid UTF-8");

    [TestCase(0)]
    [TestCase(7)]
    public void A_file_shorter_than_the_length_field_is_refused(int bytes) =>
        Refuses(new byte[bytes], $"it has only {bytes} bytes");

    [TestCase(ulong.MaxValue)]
    [TestCase(1UL << 63)]
    [TestCase((ulong)long.MaxValue)]
    [TestCase(ulong.MaxValue - 7)]
    [TestCase(100_000_001UL)]
    [TestCase(3UL)]
    public void A_header_longer_than_the_file_is_refused_before_anything_is_allocated(ulong claimed)
    {
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        bytes[8] = (byte)'{';
        bytes[9] = (byte)'}';
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refuses(bytes, $"claims a header of {claimed} bytes, but only 2 follow");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_header_above_the_formats_limit_is_refused_even_when_the_file_is_that_long()
    {
        string path = folder.File("big");
        using (FileStream stream = System.IO.File.Create(path))
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, 100_000_001);
            stream.Write(length);
            stream.SetLength(8 + 100_000_001);
        }

        Assert.That(
            () => SafetensorsFile.Open(path),
            Throws.TypeOf<WeightsFileException>().With.Message.Contains("above the format's limit of 100000000"));
    }

    [Test]
    public void Every_truncation_of_a_valid_file_is_refused()
    {
        byte[] valid = File(Encoding.UTF8.GetBytes("{" + A + "}"), 8);
        for (int length = 0; length < valid.Length; length++)
            Refuses(valid[..length], "Weights file");
    }

    [Test]
    public void Control_characters_of_a_name_do_not_reach_the_sentence()
    {
        string name = "x\\u001b[2J\\n" + new string('y', 500);
        Refuses(File(Encoding.UTF8.GetBytes($$$"""{"{{{name}}}":5}"""), 0), "entry 'x?[2J?yyy");
    }

    [Test]
    public void A_missing_file_and_a_folder_are_one_sentence()
    {
        string missing = folder.File("none");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => SafetensorsFile.Open(missing),
                Throws.TypeOf<WeightsFileException>().With.Message.EqualTo($"Weights file '{missing}': there is no such file."));
            Assert.That(
                () => SafetensorsFile.Open(folder.Path),
                Throws.TypeOf<WeightsFileException>().With.Message.EqualTo($"Weights file '{folder.Path}': it is a folder."));
            Assert.That(
                () => SafetensorsFile.Open("bad\0name"), Throws.TypeOf<WeightsFileException>());
        }
    }

    [Test]
    public void The_writer_refuses_what_the_reader_would()
    {
        string path = folder.File("w");
        var a = new WeightInfo("a", WeightDType.F32, [2]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new WeightInfo("__metadata__", WeightDType.F32, []), Throws.ArgumentException);
            Assert.That(() => new WeightInfo("a", WeightDType.F32, [-1]), Throws.ArgumentException);
            Assert.That(() => new WeightInfo("a", WeightDType.F32, [1L << 40, 1L << 40]), Throws.ArgumentException);
            Assert.That(() => SafetensorsWriter.Write(path, [a, a], null, _ => { }), Throws.ArgumentException);
            Assert.That(() => SafetensorsWriter.Write(path, [a], null, _ => { }), Throws.InvalidOperationException);
            Assert.That(() => SafetensorsWriter.Write(path, [a], null, w => w.Write<float>([1f])), Throws.InvalidOperationException);
            Assert.That(() => SafetensorsWriter.Write(path, [a], null, w => w.Write<float>([1f, 2f, 3f])), Throws.InvalidOperationException);
            Assert.That(() => SafetensorsWriter.Write(path, [a], null, w => w.Write<double>([1])), Throws.InvalidOperationException);
            Assert.That(folder.Files, Is.Empty);
        }
    }

    private static byte[] File(byte[] header, int dataBytes)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    private void Refuses(byte[] bytes, string sentence)
    {
        string path = folder.File("hostile.safetensors");
        System.IO.File.WriteAllBytes(path, bytes);
        WeightsFileException e = Assert.Throws<WeightsFileException>(() => SafetensorsFile.Open(path).Dispose())!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.Contain(sentence));
            Assert.That(e.Message, Does.StartWith($"Weights file '{path}': ").And.EndWith(".").Or.EndWith(")."));
            Assert.That(e.Message.Any(char.IsControl), Is.False, "one line");
            Assert.That(e.Message, Has.Length.LessThan(500));
        }
    }
}
