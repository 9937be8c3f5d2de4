using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Models;

public sealed class NetworkTests
{
    /// <summary>A network with every kind of layer, odd sizes, groups, padding and ceil mode.</summary>
    internal static readonly NetworkSpec Small = new()
    {
        Name = "small",
        Height = 29,
        Width = 37,
        Classes = 5,
        Features =
        [
            new ConvSpec(6, 5, 2, 1), new ReluSpec(), new LrnSpec(3), new MaxPoolSpec(3, 2, 1, CeilMode: true),
            new ConvSpec(4, 3, 1, 1, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
        ],
        Classifier = [new DropoutSpec(0.5), new LinearSpec(7), new ReluSpec(), new LinearSpec(5)],
    };

    [Test]
    public void Every_layer_gives_the_shape_that_the_plan_says()
    {
        using var network = Network.Create(Small);
        using var scope = new TensorScope();
        network.Training = false;
        var x = Tensor.Normal([3, 3, 29, 37], new Generator(1));
        using (Assert.EnterMultipleScope())
        {
            foreach (var layer in network.Plan.Layers)
            {
                if (layer.Name == "classifier.0")
                    x = x.Flatten();
                x = network.Layer(layer.Alias).Forward(x);
                Assert.That(x.Shape, Is.EqualTo(new Shape([3, .. layer.Output])), layer.Alias);
            }
        }
    }

    [Test]
    public void Forward_is_the_layers_one_after_the_other()
    {
        using var network = Network.Create(Small, seed: 3);
        using var scope = new TensorScope();
        network.Training = false;
        var x = Tensor.Normal([2, 3, 29, 37], new Generator(1));
        var y = x;
        foreach (var (_, layer) in network.Features.Layers)
            y = layer.Forward(y);
        y = y.Flatten();
        foreach (var (_, layer) in network.Classifier.Layers)
            y = layer.Forward(y);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Forward(x).ToArray<float>(), Is.EqualTo(y.ToArray<float>()));
            Assert.That(network.Forward(x).Shape, Is.EqualTo(new Shape(2, 5)));
        }
    }

    [Test]
    public void The_gradient_reaches_every_parameter()
    {
        using var network = Network.Create(Small, seed: 3);
        using var scope = new TensorScope();
        var x = Tensor.Normal([4, 3, 29, 37], new Generator(1));
        var labels = Tensor.From([0, 1, 2, 4], [4]);
        network.Forward(x).CrossEntropy(labels).Backward();
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, parameter) in network.Parameters)
                Assert.That(parameter.Grad?.ToArray<float>(), Is.Not.Null.And.Some.Not.Zero, name);
        }
    }

    [Test]
    public void Parameters_are_named_and_ordered_as_planned()
    {
        using var network = Network.Create(Small);
        Assert.That(
            network.Parameters.Select(p => (p.Key, p.Value.Shape)), Is.EqualTo(network.Plan.NamedParameters.Select(p => (p.Name, p.Shape))));
    }

    [Test]
    public void A_seed_gives_the_same_weights_and_masks_and_another_does_not()
    {
        using var scope = new TensorScope();
        using Network a = Network.Create(Small, seed: 1), b = Network.Create(Small, seed: 1), c = Network.Create(Small, seed: 2);
        var x = Tensor.Normal([2, 3, 29, 37], new Generator(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Weights(b), Is.EqualTo(Weights(a)));
            Assert.That(Weights(c), Is.Not.EqualTo(Weights(a)));
            Assert.That(b.Forward(x).ToArray<float>(), Is.EqualTo(a.Forward(x).ToArray<float>()), "with dropout");
        }
    }

    [TestCase(Initialiser.PyTorch)]
    [TestCase(Initialiser.Kaiming)]
    [TestCase(Initialiser.Paper)]
    public void Initialisers_have_the_moments_that_they_should(Initialiser initialiser)
    {
        using var network = Network.Create(Networks.Compact, initialiser, seed: 11);
        using (Assert.EnterMultipleScope())
        {
            foreach (var info in network.Plan.Layers.Where(layer => layer.Weight is not null))
            {
                var layer = (WeightedLayer)network.Layer(info.Alias);
                double[] weights = [.. layer.Weight.ToArray<float>().Select(w => (double)w)];
                var shape = info.Weight!.Value;
                var spatial = shape.Rank == 4 ? shape[2] * shape[3] : 1;
                double fanIn = shape[1] * spatial, fanOut = shape[0] * spatial;
                var deviation = initialiser switch
                {
                    Initialiser.PyTorch => 1 / Math.Sqrt(3 * fanIn),
                    Initialiser.Kaiming when shape.Rank == 4 => Math.Sqrt(2 / fanOut),
                    _ => 0.01,
                };

                // Five standard errors of n draws: the kurtosis is at most 3, so the deviation's is below 1/sqrt(2n).
                var n = (double)weights.Length;
                var measured = Math.Sqrt(weights.Average(w => w * w));
                Assert.That(weights.Average(), Is.Zero.Within(5 * deviation / Math.Sqrt(n)), $"{info.Alias} mean");
                Assert.That(measured, Is.EqualTo(deviation).Within(5 * deviation / Math.Sqrt(2 * n)), $"{info.Alias} deviation");
                if (initialiser == Initialiser.PyTorch)
                {
                    var bound = (float)(1 / Math.Sqrt(fanIn));
                    Assert.That(weights.Max(Math.Abs), Is.LessThanOrEqualTo(bound));
                    Assert.That(layer.Bias!.ToArray<float>(), Is.All.InRange(-bound, bound).And.Some.Not.Zero);
                }
                else
                {
                    Assert.That(layer.Bias!.ToArray<float>(), Is.All.Zero);
                }
            }
        }
    }

    [Test]
    public void Initialisers_are_found_by_name()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Initialisers.Find("pytorch"), Is.EqualTo(Initialiser.PyTorch));
            Assert.That(Initialisers.Find("Kaiming"), Is.EqualTo(Initialiser.Kaiming));
            Assert.That(Initialisers.Find("paper"), Is.EqualTo(Initialiser.Paper));
            Assert.That(
                () => Initialisers.Find("xavier"),
                Throws.TypeOf<InputException>().With.Message.EqualTo("There is no initialiser 'xavier'; there are pytorch, kaiming, paper."));
        }
    }

    [Test]
    public void A_network_of_doubles_runs_on_the_reference_device()
    {
        using var scope = new TensorScope();
        using var network = Network.Create(Small, device: Device.Reference, dtype: DType.Float64);
        var y = network.Forward(Tensor.Normal([1, 3, 29, 37], new Generator(1), dtype: DType.Float64, device: Device.Reference));
        Assert.That(y.DType, Is.EqualTo(DType.Float64));
    }

    [Test]
    public void Pictures_of_another_size_and_unknown_layers_are_one_sentence()
    {
        using var scope = new TensorScope();
        using var network = Network.Create(Small);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => network.Forward(Tensor.Zeros([2, 3, 37, 29])),
                Throws.TypeOf<ShapeException>().With.Message.EqualTo("network 'small': x is shape [2, 3, 37, 29]; expected shape [N, 3, 29, 37]."));
            Assert.That(() => network.Forward(Tensor.Zeros([])), Throws.TypeOf<ShapeException>());
            Assert.That(() => network.Layer("conv3"), Throws.TypeOf<NetworkSpecException>());
        }
    }

    private static float[] Weights(Network network) => [.. network.Parameters.SelectMany(p => p.Value.ToArray<float>())];
}
