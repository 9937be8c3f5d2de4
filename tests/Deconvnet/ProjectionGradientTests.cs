using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

/// <summary>With the gradient rule, a projection is what autograd finds.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ProjectionGradientTests(string backend)
{
    [Test]
    public void Projections_by_gradient_equal_autograd_at_every_layer([ValueSource(typeof(TestNets), nameof(TestNets.Names))] string name, [Values] SeedValue value)
    {
        var device = Backends.Get(backend);
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float64, device);
        var (network, picture) = nets.Make(name);
        using var owned = network;
        var pictures = nets.Pictures(2, picture);
        var chain = new LayerChain(network);
        var options = ProjectionOptions.Gradient with { Seed = value, BatchSize = 3 };
        var names = Enumerable.Range(0, chain.Count).Select(i => chain[i].Key).ToArray();
        using var recording = Recording.Record(network, pictures, RecordingOptions.For(options, names));
        foreach (var layer in names)
        {
            var output = recording.Activation(layer);
            if (output.Shape.Rank != 4 && output.Shape.Rank != 2)
                continue;
            var seeds = Seeds(layer, output.Shape);
            using var projections = Deconvnet.Project(recording, seeds, options);
            for (var i = 0; i < seeds.Length; i++)
            {
                using var inner = new TensorScope();
                var upstream = OneHot(output, projections.Items[i], value);
                var expected = Autograd(chain, layer, pictures.Narrow(0, seeds[i].Picture, 1), upstream);
                Compare.Close(projections.Images.Narrow(0, i, 1), expected, Tolerances.For("network", DType.Float64, "reference"), $"{seeds[i]}");
            }
        }
    }

    private static Seed[] Seeds(string layer, Shape shape)
    {
        int maps = (int)shape[1], height = shape.Rank == 4 ? (int)shape[2] : 1, width = shape.Rank == 4 ? (int)shape[3] : 1;
        return
        [
            Seed.Unit(layer, maps - 1, height - 1, width - 1, 1),
            Seed.Unit(layer, 0, height / 2, 0, 0),
            Seed.StrongestUnit(layer, maps / 2, 1),
            Seed.WholeMap(layer, 1, 0),
        ];
    }

    /// <summary>The seed as the test understands it, made without the library.</summary>
    private static Tensor OneHot(Tensor output, Projection item, SeedValue value)
    {
        var all = output.ToArray<double>();
        var one = output.Count / output.Shape[0];
        var plane = output.Shape.Rank == 4 ? output.Shape[2] * output.Shape[3] : 1;
        var width = output.Shape.Rank == 4 ? output.Shape[3] : 1;
        var seeded = new double[one];
        for (long i = 0; i < one; i++)
        {
            var here = item.Seed.Kind == SeedKind.WholeMap ? i / plane == item.Seed.Map : i == item.Seed.Map * plane + item.Y * width + item.X;
            if (here)
                seeded[i] = value == SeedValue.One ? 1 : all[item.Seed.Picture * one + i];
        }
        return Tensor.From(seeded, [1, .. output.Shape.Sizes[1..]], output.Device);
    }

    private static Tensor Autograd(LayerChain chain, string last, Tensor picture, Tensor upstream)
    {
        var x = picture.Clone();
        x.RequiresGrad = true;
        var current = x;
        for (var i = 0; i <= chain.IndexOf(last); i++)
            current = chain[i].Value.Forward(current);
        current.Backward(upstream);
        return x.Grad!;
    }
}
