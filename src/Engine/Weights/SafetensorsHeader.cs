using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace ZfNet.Engine;

/// <summary>
/// The header of a safetensors file: 8 bytes little-endian N, then N bytes of JSON, then the tensors' bytes.
/// Rules as in the format's reference (huggingface/safetensors): the header starts with <c>{</c>, may end in spaces,
/// and is at most 100,000,000 bytes; names are unique; <c>__metadata__</c> maps text to text; the byte ranges,
/// relative to the end of the header, follow one another without holes or overlaps and end with the file.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";
    public const long MaxHeaderBytes = 100_000_000;
    private const int LengthBytes = 8;
    private const int MaxRank = 64;
    private const int MaxDepth = 16;

    private SafetensorsHeader(List<WeightEntry> entries, Dictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>The text-to-text map; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Checks and reads a header.</summary>
    /// <param name="start">The file's bytes from its start, at least up to the end of the header if it has one.</param>
    /// <param name="fileBytes">The file's length.</param>
    /// <param name="path">For the sentence.</param>
    /// <exception cref="WeightsFileException">Any rule is broken.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileBytes, string path)
    {
        int length = HeaderBytes(start, fileBytes, path);
        ReadOnlySpan<byte> json = start.Slice(LengthBytes, length);
        if (!Utf8.IsValid(json))
            throw WeightsFileException.For(path, "the header is not valid UTF-8.");
        if (json.IsEmpty || json[0] != '{')
            throw WeightsFileException.For(path, "the header is not a JSON object (it does not start with '{').");
        try
        {
            return new Reader(path, LengthBytes + length, fileBytes).Read(json);
        }
        catch (JsonException e)
        {
            throw WeightsFileException.For(
                path, string.Create(CultureInfo.InvariantCulture, $"the header is not valid JSON at byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1}."), e);
        }
    }

    /// <summary>The checked length of the JSON: within the file and the format's limit.</summary>
    public static int HeaderBytes(ReadOnlySpan<byte> start, long fileBytes, string path)
    {
        if (fileBytes < LengthBytes || start.Length < LengthBytes)
            throw WeightsFileException.For(path, $"it has only {fileBytes} bytes, too few for a safetensors header.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > (ulong)(fileBytes - LengthBytes))
            throw WeightsFileException.For(
                path, $"it claims a header of {length} bytes, but only {fileBytes - LengthBytes} follow (truncated, or not safetensors).");
        if (length > MaxHeaderBytes)
            throw WeightsFileException.For(path, $"its header of {length} bytes is above the format's limit of {MaxHeaderBytes}.");
        return (int)length;
    }

    /// <summary>The bytes that come before the data: length, JSON, and spaces up to a multiple of 8.</summary>
    public static byte[] Format(IReadOnlyList<WeightInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[LengthBytes]);
        // Relaxed escaping keeps names and metadata readable; the file is not embedded in markup.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (WeightInfo tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.DType.Text());
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset = checked(offset + tensor.ByteLength);
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (stream.Length % LengthBytes != 0)
            stream.WriteByte((byte)' ');
        byte[] bytes = stream.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - LengthBytes));
        return bytes;
    }

    /// <summary>Product of the shape times the element's size; null when negative or above 2^63 - 1.</summary>
    public static long? ByteLength(WeightDType dtype, ReadOnlySpan<long> shape)
    {
        // A zero anywhere makes the tensor empty, but the other sizes must still be sane.
        Int128 bytes = dtype.Bytes();
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0)
                return null;
            empty |= size == 0;
            bytes *= Math.Max(size, 1);
            if (bytes > long.MaxValue)
                return null;
        }

        return empty ? 0 : (long)bytes;
    }

    /// <summary>As in <c>[96, 3, 7, 7]</c>.</summary>
    public static string Show(ReadOnlySpan<long> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < shape.Length; i++)
            text.Append(i == 0 ? "" : ", ").Append(shape[i].ToString(CultureInfo.InvariantCulture));
        return text.Append(']').ToString();
    }

    /// <summary>A file's text, fit for one line of a message: no control characters, at most 60 long.</summary>
    public static string Show(string text)
    {
        const int Limit = 60;
        string head = text.Length > Limit ? text[..Limit] + "..." : text;
        return string.Create(head.Length, head, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        });
    }

    /// <summary>One pass over the tokens; holds no more than what the header itself spells out.</summary>
    private sealed class Reader(string path, long dataStart, long fileBytes)
    {
        private readonly List<(WeightEntry Entry, long Begin, long End)> found = [];
        private readonly HashSet<string> names = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        private readonly List<long> numbers = [];
        private bool hasMetadata;

        public SafetensorsHeader Read(ReadOnlySpan<byte> bytes)
        {
            var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = Text(ref json);
                json.Read();
                if (name == MetadataKey)
                    ReadMetadata(ref json);
                else if (names.Add(name))
                    ReadTensor(ref json, name);
                else
                    throw Fault($"the header names tensor '{Show(name)}' twice.");
            }

            // Anything but spaces after the object is a JsonException.
            json.Read();
            CheckRanges();
            return new SafetensorsHeader([.. found.Select(item => item.Entry)], metadata);
        }

        private void ReadMetadata(ref Utf8JsonReader json)
        {
            if (hasMetadata)
                throw Fault($"the header has {MetadataKey} twice.");
            hasMetadata = true;
            if (json.TokenType == JsonTokenType.Null)
                return;
            if (json.TokenType != JsonTokenType.StartObject)
                throw Fault($"{MetadataKey} is not an object of texts.");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string key = Text(ref json);
                json.Read();
                if (json.TokenType != JsonTokenType.String)
                    throw Fault($"the value of '{Show(key)}' in {MetadataKey} is not a text.");
                if (!metadata.TryAdd(key, Text(ref json)))
                    throw Fault($"{MetadataKey} has '{Show(key)}' twice.");
            }
        }

        private void ReadTensor(ref Utf8JsonReader json, string name)
        {
            if (json.TokenType != JsonTokenType.StartObject)
                throw Fault($"the header's entry '{Show(name)}' is not an object.");
            WeightDType? dtype = null;
            long[]? shape = null;
            long[]? range = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string field = Text(ref json);
                (bool isType, bool isShape, bool isRange) = (field == "dtype", field == "shape", field == "data_offsets");
                json.Read();
                if ((isType && dtype is not null) || (isShape && shape is not null) || (isRange && range is not null))
                    throw Fault($"tensor '{Show(name)}' has dtype, shape or data_offsets twice.");
                if (isType)
                    dtype = DType(ref json, name);
                else if (isShape)
                    shape = Numbers(ref json, name, "shape", MaxRank);
                else if (isRange)
                    range = Numbers(ref json, name, "data_offsets", 2);
                else
                    json.Skip(); // The reference reader passes over fields it does not know.
            }

            if (dtype is null || shape is null || range is null)
                throw Fault($"tensor '{Show(name)}' lacks {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}.");
            Add(name, dtype.Value, shape, range);
        }

        private void Add(string name, WeightDType dtype, long[] shape, long[] range)
        {
            if (range.Length != 2)
                throw Fault($"data_offsets of tensor '{Show(name)}' are not two numbers.");
            (long begin, long end) = (range[0], range[1]);
            long dataBytes = fileBytes - dataStart;
            if (begin > end || end > dataBytes)
                throw Fault($"data_offsets [{begin}, {end}] of tensor '{Show(name)}' lie outside the {dataBytes} bytes of data.");
            if (ByteLength(dtype, shape) is not { } bytes)
                throw Fault($"the shape {Show(shape)} of tensor '{Show(name)}' passes 2^63 bytes.");
            if (bytes != end - begin)
                throw Fault($"tensor '{Show(name)}' of {dtype.Text()} {Show(shape)} needs {bytes} bytes, but its data_offsets span {end - begin}.");
            found.Add((new WeightEntry(name, dtype, shape, dataStart + begin), begin, end));
        }

        private WeightDType DType(ref Utf8JsonReader json, string name)
        {
            if (json.TokenType != JsonTokenType.String)
                throw Fault($"the dtype of tensor '{Show(name)}' is not a text.");
            string text = Text(ref json);
            return WeightDTypes.TryParse(text, out WeightDType dtype)
                ? dtype
                : throw Fault($"tensor '{Show(name)}' has the unknown dtype '{Show(text)}' (known: {string.Join(", ", WeightDTypes.Names)}).");
        }

        private long[] Numbers(ref Utf8JsonReader json, string name, string field, int limit)
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw Fault($"{field} of tensor '{Show(name)}' is not a list of numbers.");
            numbers.Clear();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long value) || value < 0)
                    throw Fault($"{field} of tensor '{Show(name)}' holds something other than a whole number from 0 to 2^63-1.");
                if (numbers.Count == limit)
                    throw Fault($"{field} of tensor '{Show(name)}' has more than {limit} numbers.");
                numbers.Add(value);
            }

            return [.. numbers];
        }

        private void CheckRanges()
        {
            found.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
            long at = 0;
            foreach ((WeightEntry entry, long begin, long end) in found)
            {
                if (begin < at)
                    throw Fault($"tensor '{Show(entry.Name)}' begins at byte {begin} of the data and overlaps the one before it, which ends at {at}.");
                if (begin > at)
                    throw Fault($"bytes {at} to {begin} of the data, before tensor '{Show(entry.Name)}', belong to no tensor.");
                at = end;
            }

            if (at != fileBytes - dataStart)
                throw Fault($"the tensors end at byte {at} of the data, but the file goes on to {fileBytes - dataStart}.");
        }

        private string Text(ref Utf8JsonReader json)
        {
            try
            {
                return json.GetString()!;
            }
            catch (InvalidOperationException e)
            {
                // An escaped half of a surrogate pair.
                throw WeightsFileException.For(path, "the header has a text that is not valid Unicode.", e);
            }
        }

        private WeightsFileException Fault(string what) => WeightsFileException.For(path, what);
    }
}
