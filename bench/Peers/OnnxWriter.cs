using System.Runtime.InteropServices;
using ZfNet.Engine;

namespace ZfNet.Peers;

/// <summary>Writes a network as an ONNX file (opset 17), weights included, for the peer to load.</summary>
internal static class OnnxWriter
{
    private const int FloatType = 1;

    /// <summary>Writes; the graph goes from <c>x</c> [N, C, H, W] to <c>y</c> [N, Classes].</summary>
    public static void Write(string path, Network network)
    {
        var nodes = new List<Protobuf>();
        var from = "x";
        var flat = false;
        var layers = network.Plan.Layers.Where(layer => layer.Spec is not DropoutSpec).ToList();
        foreach (var layer in layers)
        {
            if (layer.Spec is LinearSpec && !flat)
            {
                nodes.Add(Node("Flatten", [from], "flat"));
                (from, flat) = ("flat", true);
            }
            var to = layer == layers[^1] ? "y" : layer.Alias;
            nodes.Add(Node(layer, from, to));
            from = to;
        }
        var graph = new Protobuf();
        foreach (var node in nodes)
            graph.Message(1, node);
        graph.Text(2, network.Spec.Name)
            .Message(11, Value("x", network.Spec.Channels, network.Spec.Height, network.Spec.Width))
            .Message(12, Value("y", network.Spec.Classes));

        // Initialisers go straight from the tensors to the file: they may be larger than an array.
        var initialisers = network.Parameters.Select(parameter => (Head: Tensor(parameter.Key, parameter.Value), parameter.Value)).ToList();
        var length = graph.Length + initialisers.Sum(item => Framed(item.Head.Length + 4 * item.Value.Count));
        using var file = File.Create(path);
        new Protobuf().Int(1, 8).Message(8, new Protobuf().Text(1, "").Int(2, 17)).Header(7, length).CopyTo(file);
        graph.CopyTo(file);
        foreach (var (head, tensor) in initialisers)
        {
            new Protobuf().Header(5, head.Length + 4 * tensor.Count).CopyTo(file);
            head.CopyTo(file);
            Data(tensor, file);
        }
    }

    private static Protobuf Node(LayerInfo layer, string from, string to)
    {
        string[] weighted = [from, $"{layer.Name}.weight", $"{layer.Name}.bias"];
        switch (layer.Spec)
        {
            case ConvSpec conv:
                return Node("Conv", weighted, to)
                    .Message(5, Ints("kernel_shape", conv.Kernel, conv.Kernel))
                    .Message(5, Ints("strides", conv.Stride, conv.Stride))
                    .Message(5, Ints("pads", conv.Padding, conv.Padding, conv.Padding, conv.Padding))
                    .Message(5, Int("group", conv.Groups));
            case MaxPoolSpec pool:
                return Node("MaxPool", [from], to)
                    .Message(5, Ints("kernel_shape", pool.Kernel, pool.Kernel))
                    .Message(5, Ints("strides", pool.Stride, pool.Stride))
                    .Message(5, Ints("pads", pool.Padding, pool.Padding, pool.Padding, pool.Padding))
                    .Message(5, Int("ceil_mode", pool.CeilMode ? 1 : 0));
            case LrnSpec lrn:
                return Node("LRN", [from], to)
                    .Message(5, Int("size", lrn.Size))
                    .Message(5, Float("alpha", lrn.Alpha))
                    .Message(5, Float("beta", lrn.Beta))
                    .Message(5, Float("bias", lrn.K));
            case LinearSpec:
                return Node("Gemm", weighted, to).Message(5, Int("transB", 1));
            case ReluSpec:
                return Node("Relu", [from], to);
            default:
                throw new NotSupportedException($"{layer.Alias} has no ONNX operator here.");
        }
    }

    private static Protobuf Node(string type, string[] inputs, string output)
    {
        var node = new Protobuf();
        foreach (var input in inputs)
            node.Text(1, input);
        return node.Text(2, output).Text(3, output).Text(4, type);
    }

    private static Protobuf Int(string name, long value) => new Protobuf().Text(1, name).Int(3, value).Int(20, 2);

    private static Protobuf Float(string name, double value) => new Protobuf().Text(1, name).Float(2, (float)value).Int(20, 1);

    private static Protobuf Ints(string name, params ReadOnlySpan<int> values)
    {
        var attribute = new Protobuf().Text(1, name);
        foreach (var value in values)
            attribute.Int(8, value);
        return attribute.Int(20, 7);
    }

    private static Protobuf Value(string name, params ReadOnlySpan<int> sizes)
    {
        var shape = new Protobuf().Message(1, new Protobuf().Text(2, "N"));
        foreach (var size in sizes)
            shape.Message(1, new Protobuf().Int(1, size));
        var type = new Protobuf().Message(1, new Protobuf().Int(1, FloatType).Message(2, shape));
        return new Protobuf().Text(1, name).Message(2, type);
    }

    /// <summary>A tensor up to its raw data.</summary>
    private static Protobuf Tensor(string name, Tensor tensor)
    {
        var head = new Protobuf();
        for (var axis = 0; axis < tensor.Shape.Rank; axis++)
            head.Int(1, tensor.Shape[axis]);
        return head.Int(2, FloatType).Text(8, name).Header(9, 4 * tensor.Count);
    }

    private static long Framed(long content) => new Protobuf().Header(5, content).Length + content;

    private static void Data(Tensor tensor, Stream stream)
    {
        var values = new float[tensor.Count];
        tensor.CopyTo<float>(values);
        foreach (var chunk in values.Chunk(1 << 24))
            stream.Write(MemoryMarshal.AsBytes<float>(chunk));
    }
}
