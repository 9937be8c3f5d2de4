using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Weights;

/// <summary>Mutations of valid files: the reader either finds consistent entries or throws its own exception.</summary>
public sealed class SafetensorsFuzzTests
{
    private const int Mutations = 20_000;
    private const int MutationsThroughFiles = 1_000;
    private const long AllocationLimit = 1 << 20;

    // Text with a meaning to the parser does more harm than random bytes.
    private static readonly byte[][] Dictionary =
    [
        [.. "{"u8], [.. "}"u8], [.. "["u8], [.. "]"u8], [.. "\""u8], [.. ","u8], [.. ":"u8], [.. "-"u8], [.. "0"u8], [.. "9"u8],
        [.. "9223372036854775807"u8], [.. "18446744073709551616"u8], [.. "1e400"u8], [.. "null"u8], [.. "\\ud800"u8], [.. "\\u0000"u8],
        [.. "\"__metadata__\":{}"u8], [.. "\"data_offsets\""u8], [.. "\"F64\""u8], [.. "[[[[[[[[[[[[[[[[[[[["u8], [0xFF], [0xC3, 0x28], [0], [.. "//"u8],
    ];

    [Test]
    public void A_mutated_header_parses_consistently_or_is_refused()
    {
        var random = new Random(20131128);
        byte[] valid = Valid();
        int accepted = 0, refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = Mutate(valid, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SafetensorsHeader header = SafetensorsHeader.Parse(bytes, bytes.Length, "fuzz");
                Check(header.Entries, bytes.Length);
                accepted++;
            }
            catch (WeightsFileException)
            {
                refused++;
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationLimit), $"mutation {i}");
        }

        using (Assert.EnterMultipleScope())
        {
            // Both ways out must have been taken, or the test proves little.
            Assert.That(accepted, Is.GreaterThan(Mutations / 100));
            Assert.That(refused, Is.GreaterThan(Mutations / 4));
        }
    }

    [Test]
    public void A_mutated_file_opens_or_is_refused_and_every_accepted_byte_can_be_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("fuzz.safetensors");
        var random = new Random(7);
        byte[] valid = Valid();
        for (int i = 0; i < MutationsThroughFiles; i++)
        {
            byte[] bytes = Mutate(valid, random);
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (WeightEntry entry in file.Entries)
                {
                    using MappedWeights data = file.Map(entry.Name);
                    var copy = new byte[data.ByteLength];
                    data.CopyTo(0, copy);
                    Assert.That(copy, Is.EqualTo(bytes[(int)entry.Offset..(int)(entry.Offset + entry.ByteLength)]));
                }
            }
            catch (WeightsFileException)
            {
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(AllocationLimit), $"mutation {i}");
        }
    }

    private static void Check(IReadOnlyList<WeightEntry> entries, long fileBytes)
    {
        // Counted apart from the parser's own arithmetic.
        long covered = 0;
        var names = new HashSet<string>();
        foreach (WeightEntry entry in entries)
        {
            decimal bytes = entry.DType.Bytes();
            foreach (long size in entry.Shape)
                bytes *= size;
            bool sound = names.Add(entry.Name) && bytes == entry.ByteLength && entry.Offset >= 8
                && entry.Offset + entry.ByteLength <= fileBytes;
            Assert.That(sound, entry.ToString());
            covered += entry.ByteLength;
        }

        Assert.That(covered, Is.LessThanOrEqualTo(fileBytes - 8));
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = new List<byte>(valid);
        int headerEnd = 8 + BitConverter.ToInt32(valid);
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            // Mostly in the header; the length field and the data also get their share.
            int at = random.Next(10) switch { 0 => random.Next(8), 1 => random.Next(bytes.Count), _ => random.Next(8, headerEnd) };
            at = Math.Min(at, bytes.Count - 1);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    // Replace in place, so that the lengths still agree.
                    byte[] word = Dictionary[random.Next(Dictionary.Length)];
                    for (int k = 0; k < word.Length && at + k < bytes.Count; k++)
                        bytes[at + k] = word[k];
                    break;
                case 3:
                    bytes.InsertRange(at, Dictionary[random.Next(Dictionary.Length)]);
                    break;
                case 4:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at - 1));
                    break;
                default:
                    int from = random.Next(bytes.Count);
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(random.Next(1, 60), bytes.Count - from)));
                    break;
            }
        }

        // Half of the changed lengths are mended, so that the parser gets past the first check.
        if (bytes.Count != valid.Length && bytes.Count > 8 && random.Next(2) == 0)
        {
            byte[] length = BitConverter.GetBytes((long)(headerEnd - 8 + bytes.Count - valid.Length));
            for (int k = 0; k < 8; k++)
                bytes[k] = length[k];
        }

        return [.. bytes];
    }

    private static byte[] Valid()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("valid");
        SafetensorsWriter.Write(
            path,
            [
                new WeightInfo("features.0.weight", WeightDType.F32, [2, 3, 1, 1]),
                new WeightInfo("features.0.bias", WeightDType.F32, [2]),
                new WeightInfo("step", WeightDType.I64, []),
                new WeightInfo("none", WeightDType.U8, [0, 4]),
            ],
            new Dictionary<string, string> { ["classes"] = "cat\ndog", ["size"] = "64" },
            writer => writer.Write<byte>(new byte[writer.Current.ByteLength]));
        return File.ReadAllBytes(path);
    }
}
