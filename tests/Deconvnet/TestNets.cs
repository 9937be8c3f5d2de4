using ZfNet.Engine;
using ZfNet.Kernels;
using Layers = System.Collections.Generic.KeyValuePair<string, ZfNet.Engine.Layer>;

namespace ZfNet.Tests.Seeing;

/// <summary>Small networks with seeded weights, the same numbers on every device and in both element types.</summary>
internal sealed class TestNets(DType dtype, Device device)
{
    private int seed = 1000;

    public static IEnumerable<string> Names =>
        ["ceil-pool", "floor-pool-stride", "lrn-across", "lrn-within", "average-pool", "dilated-groups", "fc-dropout", "nested"];

    /// <summary>A network by name, and the shape of one picture [C, H, W].</summary>
    public (Sequential Network, Shape Picture) Make(string name) => name switch
    {
        "ceil-pool" => (Net(Conv("conv1", 2, 4, 3, 1, 1), Relu("relu1"), Pool("pool1", 3, 2, ceil: true), Conv("conv2", 4, 3, 3, 2, 0), Relu("relu2")), [2, 12, 11]),
        // 13 rows under 4x4 windows at stride 3 leave a row over: output_padding.
        "floor-pool-stride" => (Net(Conv("conv1", 3, 5, 4, 2, 1), Relu("relu1"), Pool("pool1", 2, 2, padding: 1), Conv("conv2", 5, 4, 2, 1, 1), Relu("relu2"), Pool("pool2", 2, 1)), [3, 14, 15]),
        "lrn-across" => (Net(Conv("conv1", 3, 6, 3, 1, 1), Relu("relu1"), Norm("norm1", true), Pool("pool1", 3, 2), Conv("conv2", 6, 4, 3), Relu("relu2")), [3, 11, 11]),
        "lrn-within" => (Net(Conv("conv1", 1, 3, 3), Relu("relu1"), Norm("norm1", false), Pool("pool1", 2, 2), Conv("conv2", 3, 2, 2)), [1, 9, 10]),
        "average-pool" => (Net(Conv("conv1", 2, 3, 3, 1, 1), Relu("relu1"), new("pool1", new AvgPool2d(3, 2, 1, ceilMode: true)), Conv("conv2", 3, 3, 2), Relu("relu2")), [2, 8, 9]),
        "dilated-groups" => (Net(Conv("conv1", 4, 4, 3, 2, 2, dilation: 2, groups: 2), Relu("relu1"), Pool("pool1", 2, 2), Conv("conv2", 4, 6, 2, groups: 2)), [4, 12, 13]),
        "fc-dropout" => (Net(Conv("conv1", 2, 4, 3, 1, 1), Relu("relu1"), Pool("pool1", 2, 2), new("flatten", new Flatten()), Linear("fc2", 4 * 4 * 3, 7), Relu("relu2"),
            new("drop2", new Dropout(0.5, new Generator(1))), Linear("fc3", 7, 5)), [2, 8, 7]),
        "nested" => (Net(new("features", Net(Conv("0", 2, 3, 3), Relu("1"), Pool("2", 2, 2))), new("flatten", new Flatten()), new("classifier", Net(Linear("0", 3 * 3 * 3, 4)))), [2, 8, 8]),
        _ => throw new ArgumentException(name),
    };

    public static Sequential Net(params Layers[] layers) => new(layers) { Training = false };

    public Layers Conv(string name, int cin, int cout, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
        Filled(name, new Conv2d(cin, cout, kernel, stride, padding, dilation, groups, true, dtype, device));

    public Layers Linear(string name, int features, int outputs) => Filled(name, new Linear(features, outputs, true, dtype, device));

    public static Layers Relu(string name) => new(name, new ReLU());

    public static Layers Pool(string name, int kernel, int stride, int padding = 0, bool ceil = false) => new(name, new MaxPool2d(kernel, stride, padding, ceil));

    public static Layers Norm(string name, bool across) => new(name, new LocalResponseNorm(3, 0.5, 0.75, 1.5, across));

    /// <summary>A batch of seeded pictures.</summary>
    public Tensor Pictures(int count, Shape picture, int seed = 7)
    {
        Shape shape = [count, .. picture.Sizes];
        return From(Values.Random(seed, shape.Count), shape);
    }

    public Tensor From(double[] values, Shape shape) =>
        dtype == DType.Float64 ? Tensor.From(values, shape, device) : Tensor.From(Array.ConvertAll(values, value => (float)value), shape, device);

    private Layers Filled(string name, WeightedLayer layer)
    {
        Fill(layer.Weight, Values.Random(seed++, layer.Weight.Count));
        Fill(layer.Bias!, Values.Random(seed++, layer.Bias!.Count, -0.3, 0.3));
        return new(name, layer);
    }

    private static void Fill(Tensor tensor, double[] values)
    {
        if (tensor.DType == DType.Float64)
            tensor.CopyFrom<double>(values);
        else
            tensor.CopyFrom<float>(Array.ConvertAll(values, value => (float)value));
    }
}
