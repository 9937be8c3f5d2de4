using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class FilterRenormaliserTests
{
    [Test]
    public void Filters_over_the_radius_come_back_to_it_and_the_others_stay()
    {
        using var layer = new Conv2d(3, 4, 5);
        var generator = new Generator(7);
        Init.Normal(layer, 1, generator);
        var before = layer.Weight.ToArray<float>();
        for (var i = 0; i < before.Length; i++)
            before[i] *= new[] { 0.01f, 0.5f, 0.02f, 3f }[i / 75];
        layer.Weight.CopyFrom<float>(before);
        layer.Bias!.Fill(9);

        var changed = new FilterRenormaliser([layer]).Apply();

        Assert.That(changed, Is.EqualTo(2));
        var rms = FilterRenormaliser.RootMeanSquares(layer);
        Assert.That(rms[0], Is.EqualTo(0.01).Within(0.005));
        Assert.That(rms[1], Is.EqualTo(0.1).Within(1e-7));
        Assert.That(rms[2], Is.EqualTo(0.02).Within(0.01));
        Assert.That(rms[3], Is.EqualTo(0.1).Within(1e-7));
        var after = layer.Weight.ToArray<float>();
        Assert.That(after.AsSpan(0, 75).SequenceEqual(before.AsSpan(0, 75)), "a filter under the radius keeps its bits");
        Assert.That(after.AsSpan(150, 75).SequenceEqual(before.AsSpan(150, 75)));
        Assert.That(after[80] / before[80], Is.EqualTo(after[100] / before[100]).Within(1e-6), "the direction stays");
        Assert.That(layer.Bias!.ToArray<float>(), Has.All.EqualTo(9));
    }

    [Test]
    public void It_is_the_root_mean_square_not_the_norm()
    {
        // 75 weights of 0.1: norm 0.87, root mean square 0.1 (as near as a float is).
        using var layer = new Conv2d(3, 1, 5);
        layer.Weight.Fill(0.0999);
        layer.Bias!.Fill(0);
        Assert.That(new FilterRenormaliser([layer]).Apply(), Is.Zero);
        layer.Weight.Fill(0.1001);
        Assert.That(new FilterRenormaliser([layer]).Apply(), Is.EqualTo(1));
    }

    [Test]
    public void The_first_layer_or_all_of_them()
    {
        using var first = new Conv2d(3, 2, 3);
        using var second = new Conv2d(2, 5, 3);
        using var network = new Sequential([new("a", first), new("b", new ReLU()), new("c", second)]);
        foreach (var layer in new[] { first, second })
            layer.Weight.Fill(2);

        Assert.That(FilterRenormaliser.FirstLayer(network).Apply(), Is.EqualTo(2));
        Assert.That(FilterRenormaliser.RootMeanSquares(second), Has.All.EqualTo(2));
        Assert.That(FilterRenormaliser.AllLayers(network, radius: 0.5).Apply(), Is.EqualTo(5));
        Assert.That(FilterRenormaliser.RootMeanSquares(second), Has.All.EqualTo(0.5).Within(1e-7));
        Assert.That(FilterRenormaliser.RootMeanSquares(first), Has.All.EqualTo(0.1).Within(1e-7));
    }

    [Test]
    public void Training_keeps_the_radius_after_every_step()
    {
        using var network = TinyNetwork.Make(1);
        var layer = (Conv2d)network["conv"];
        var recipe = new TrainingOptions
        {
            Epochs = 2,
            BatchSize = 8,
            LearningRate = 0.05,
            Renormaliser = FilterRenormaliser.FirstLayer(network, radius: 0.05),
        };
        var largest = new List<double>();
        using var trainer = new Trainer(network, new StripedPictures(10, 1).Prepared(), Device.Cpu, recipe);

        trainer.Run(new Now<TrainingProgress>(_ => largest.Add(FilterRenormaliser.RootMeanSquares(layer).Max())));

        Assert.That(largest, Has.All.LessThan(0.05 + 1e-7));
        Assert.That(largest, Has.Some.GreaterThan(0.0499), "the rule was at work");
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    public void A_radius_that_is_not_positive_is_refused(double radius)
    {
        using var layer = new Conv2d(3, 1, 5);
        Assert.That(() => new FilterRenormaliser([layer], radius), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FilterRenormaliser([]), Throws.ArgumentException);
    }
}
