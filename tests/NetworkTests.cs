using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>Whole small networks of the paper's layers: gradients by differences, training against the reference, equal bits.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class NetworkTests(string backend) : OpTests(backend)
{
    private readonly string backend = backend;

    private static readonly Shape InputShape = [2, 2, 13, 11];
    private static readonly int[] Labels = [1, 3];

    [Test]
    public void Gradients_match_differences([Values(true, false)] bool across)
    {
        // conv, ReLU, LRN, pool (ceil), conv, ReLU, pool (ceil), flatten, dropout, linear, cross-entropy: every argument.
        Argument[] arguments =
        [
            Argument.Random("x", [2, 2, 7, 6], 161),
            Argument.Random("conv1.weight", [3, 2, 3, 3], 162), Argument.Random("conv1.bias", [3], 163),
            Argument.Random("conv2.weight", [3, 3, 2, 2], 164), Argument.Random("conv2.bias", [3], 165),
            Argument.Random("fc.weight", [4, 3], 166), Argument.Random("fc.bias", [4], 167),
        ];
        GradientCheck.Run("network", Device, t => Loss(t, across), arguments);
    }

    [Test]
    public void The_way_down_has_a_gradient_too()
    {
        // A deconvnet's way: unpool, rectify, transposed convolution.
        Argument[] arguments = [Argument.Random("x", [1, 2, 2, 2], 171), Argument.Random("weight", [2, 2, 3, 3], 172)];
        int[] switches = [0, 2, 10, 12, 6, 6, 6, 18];
        GradientCheck.Run(
            "network", Device,
            t => t[0].MaxUnpool2d(Tensor.From(switches, [1, 2, 2, 2], t[0].Device), 5).Scale(3).ConvTranspose2d(t[1], stride: 2, padding: 1, outputPadding: 1)
                .UpsampleBilinear2d(7),
            arguments);
    }

    [Test]
    public void A_network_is_its_layers_one_by_one_bit_for_bit([Values("ceil-pool", "nested", "lrn-across")] string name)
    {
        var nets = new Seeing.TestNets(DType.Float32, Device);
        var (network, picture) = nets.Make(name);
        using var owned = network;
        var x = nets.Pictures(2, picture);
        var one = Flat(network).Aggregate(x, (current, layer) => layer.Forward(current));
        Compare.Equal(network.Forward(x), one, "y");

        static IEnumerable<Layer> Flat(Sequential network) => network.Layers.SelectMany(
            layer => layer.Value is Sequential inner ? Flat(inner) : [layer.Value]);
    }

    [Test]
    public void Training_follows_the_float64_reference([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var (losses, parameters) = Train(Device, dtype, steps: 3);
        var (expectedLosses, expected) = Train(Backends.Reference, DType.Float64, steps: 3);
        var tolerance = Tolerances.For("network", dtype, "reference");
        Assert.That(Compare.Measure(losses, expectedLosses, [3], tolerance, "losses").Passed, Compare.Measure(losses, expectedLosses, [3], tolerance, "losses").Message);
        for (var i = 0; i < parameters.Count; i++)
        {
            var agreement = Compare.Measure(parameters[i].Value, expected[i].Value, [expected[i].Value.Length], tolerance, expected[i].Key);
            Assert.That(agreement.Passed, agreement.Message);
        }
    }

    [Test]
    public void Training_gives_the_same_bits_in_every_run_and_with_every_number_of_threads()
    {
        var (losses, parameters) = Train(Device, DType.Float32, steps: 3);
        foreach (var device in Backends.MustEqual(backend))
        {
            var (again, parametersAgain) = Train(device, DType.Float32, steps: 3);
            Assert.That(again, Is.EqualTo(losses));
            for (var i = 0; i < parameters.Count; i++)
                Assert.That(parametersAgain[i].Value, Is.EqualTo(parameters[i].Value), parameters[i].Key);
        }
    }

    [Test]
    public void The_loss_falls_on_a_toy_problem()
    {
        var (losses, _) = Train(Device, DType.Float32, steps: 25);
        Assert.That(losses[^1], Is.LessThan(0.5 * losses[0]));
    }

    [Test]
    public void Evaluation_drops_nothing_and_training_does()
    {
        using var network = Network(Device, DType.Float32);
        var x = Argument.Random("x", InputShape, 181).Make(DType.Float32, Device, requiresGrad: false);
        network.Training = false;
        var evaluated = network.Forward(x);
        Compare.Equal(network.Forward(x), evaluated, "evaluation");
        network.Training = true;
        var trained = network.Forward(x).ToArray<float>();
        Assert.That(network.Forward(x).ToArray<float>(), Is.Not.EqualTo(trained));
    }

    private static Tensor Loss(Tensor[] t, bool across)
    {
        var y = t[0].Conv2d(t[1], t[2], padding: 1).ReLU().LocalResponseNorm(3, 0.5, 0.75, 1, across).MaxPool2d(3, 2, ceilMode: true)
            .Conv2d(t[3], t[4]).ReLU().MaxPool2d(2, 2, ceilMode: true);
        y = y.Flatten().Dropout(0.3, new Generator(21)).Linear(t[5], t[6]);
        return y.CrossEntropy(Tensor.From(Labels, [2], y.Device), labelSmoothing: 0.1);
    }

    private static Sequential Network(Device device, DType dtype)
    {
        var generator = new Generator(31);
        var network = new Sequential(
            new("conv1", new Conv2d(2, 9, 3, padding: 1, dtype: dtype, device: device)), new("relu1", new ReLU()),
            new("norm1", new LocalResponseNorm(5, 0.05)), new("pool1", new MaxPool2d(3, 2, ceilMode: true)),
            new("conv2", new Conv2d(9, 17, 2, stride: 2, dtype: dtype, device: device)), new("relu2", new ReLU()), new("pool2", new MaxPool2d(2, ceilMode: true)),
            new("flatten", new Flatten()), new("drop", new Dropout(0.2, generator)), new("fc", new Linear(17 * 2, 4, dtype: dtype, device: device)));
        Init.KaimingNormalFanOut((WeightedLayer)network["conv1"], generator);
        Init.KaimingNormalFanOut((WeightedLayer)network["conv2"], generator);
        Init.PyTorchDefault((WeightedLayer)network["fc"], generator);
        return network;
    }

    private static (double[] Losses, List<KeyValuePair<string, double[]>> Parameters) Train(Device device, DType dtype, int steps)
    {
        using var network = Network(device, DType.Float32);
        using var typed = dtype == DType.Float32 ? null : Network(device, dtype);
        var trained = typed ?? network;
        if (typed is not null)
        {
            // The same start in either element type: float32's numbers.
            foreach (var (from, to) in network.Parameters.Zip(typed.Parameters))
                to.Value.CopyFrom<double>(Compare.Doubles(from.Value));
        }
        using var sgd = new Sgd(trained.Parameters, 0.05, 0.9, 1e-3);
        var losses = new double[steps];
        for (var step = 0; step < steps; step++)
        {
            using var scope = new TensorScope();
            var x = Argument.Random("x", InputShape, 182).Make(dtype, device, requiresGrad: false);
            var loss = trained.Forward(x).CrossEntropy(Tensor.From(Labels, [2], device), labelSmoothing: 0.05);
            sgd.ZeroGrad();
            loss.Backward();
            sgd.Step();
            losses[step] = loss.Item();
        }
        return (losses, [.. trained.Parameters.Select(parameter => KeyValuePair.Create(parameter.Key, Compare.Doubles(parameter.Value)))]);
    }
}
