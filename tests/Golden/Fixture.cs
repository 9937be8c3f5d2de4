using System.Text.Json;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Golden;

/// <summary>The cases of pytorch.json (see generate.py, which wrote it).</summary>
internal static class Fixture
{
    private static readonly Lazy<(JsonElement Header, GoldenCase[] Cases)> Document = new(Read);

    public static JsonElement Header => Document.Value.Header;

    public static IReadOnlyList<GoldenCase> Cases => Document.Value.Cases;

    private static (JsonElement Header, GoldenCase[] Cases) Read()
    {
        using var stream = typeof(Fixture).Assembly.GetManifestResourceStream("pytorch.json")
            ?? throw new FileNotFoundException("tests/Golden/pytorch.json is not embedded in the tests.");
        var root = JsonDocument.Parse(stream).RootElement;
        return (root.GetProperty("header"), [.. root.GetProperty("cases").EnumerateArray().Select((json, i) => new GoldenCase(i, json))]);
    }
}

/// <summary>One case: an op, its options and inputs, and what PyTorch made of them.</summary>
public sealed class GoldenCase
{
    private readonly int index;
    private readonly JsonElement json;

    internal GoldenCase(int index, JsonElement json) => (this.index, this.json) = (index, json);

    /// <summary>The op's name.</summary>
    public string Op => json.GetProperty("op").GetString()!;

    internal Argument Output => Array("output", json.GetProperty("output"));

    internal Argument Upstream => Array("upstream", json.GetProperty("upstream"));

    internal Argument[] Inputs => [.. json.GetProperty("inputs").EnumerateObject().Select(input => Array(input.Name, input.Value))];

    /// <summary>"17 conv2d" and its options.</summary>
    public override string ToString() => $"{index} {Op} {json.GetProperty("options")}";

    internal Argument Gradient(string name) => Array(name, json.GetProperty("gradients").GetProperty(name));

    internal Argument Extra(string name) => Array(name, json.GetProperty("extra").GetProperty(name));

    internal Argument? Constant(string name) =>
        json.GetProperty("constants").TryGetProperty(name, out var value) ? Array(name, value) : null;

    internal Tensor Integers(string name, Device device)
    {
        var argument = Constant(name) ?? throw new KeyNotFoundException($"{this} has no {name}.");
        return Tensor.From(System.Array.ConvertAll(argument.Elements, value => (int)value), argument.Shape, device);
    }

    internal Pair Pair(string name) => OptionalPair(name)!.Value;

    internal Pair? OptionalPair(string name)
    {
        var value = Option(name);
        return value.ValueKind == JsonValueKind.Null ? null : new Pair(value[0].GetInt32(), value[1].GetInt32());
    }

    internal bool Flag(string name) => Option(name).GetBoolean();

    internal int Int(string name) => Option(name).GetInt32();

    internal double Number(string name) => Option(name).GetDouble();

    internal double[] Numbers(string name) => [.. Option(name).EnumerateArray().Select(value => value.GetDouble())];

    internal string Text(string name) => Option(name).GetString()!;

    private JsonElement Option(string name) => json.GetProperty("options").GetProperty(name);

    private static Argument Array(string name, JsonElement json)
    {
        long[] shape = [.. json.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        double[] values = [.. json.GetProperty("values").EnumerateArray().Select(value => value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            _ => value.GetString() switch { "nan" => double.NaN, "inf" => double.PositiveInfinity, _ => double.NegativeInfinity },
        })];
        return new Argument(name, new Shape(shape), values);
    }
}
