using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Golden;

/// <summary>Replays an independent judge's values, forward and backward, on every backend and in both element types.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class PyTorchTests(string backend) : OpTests(backend)
{
    private static IEnumerable<GoldenCase> Cases => Fixture.Cases;

    [Test]
    public void The_fixture_says_where_it_comes_from_and_covers_every_op()
    {
        Assert.That(Fixture.Header.GetProperty("judge").GetString(), Does.StartWith("PyTorch 1.13"));
        Assert.That(Fixture.Header.GetProperty("command").GetString(), Does.Contain("generate.py"));
        Assert.That(Fixture.Cases.Select(c => c.Op).Distinct(), Is.EquivalentTo(new[]
        {
            "conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "max_unpool2d", "upsample_bilinear2d", "relu", "linear", "local_response_norm",
            "softmax", "log_softmax", "cross_entropy", "sgd",
        }));
    }

    [Test]
    public void Agrees([ValueSource(nameof(Cases))] GoldenCase c, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var tolerance = Tolerances.For(Family(c.Op), dtype, "pytorch");
        if (c.Op == "sgd")
        {
            CheckSgd(c, dtype, tolerance);
            return;
        }
        var inputs = Array.ConvertAll(c.Inputs, input => input.Make(dtype, Device));
        var y = Run(c, inputs.Zip(c.Inputs).ToDictionary(pair => pair.Second.Name, pair => pair.First));
        Close(y, c.Output, tolerance);
        y.Backward(c.Upstream.Make(dtype, Device, requiresGrad: false));
        for (var i = 0; i < inputs.Length; i++)
            Close(inputs[i].Grad!, c.Gradient(c.Inputs[i].Name), tolerance);
    }

    private Tensor Run(GoldenCase c, Dictionary<string, Tensor> t)
    {
        var bias = t.GetValueOrDefault("bias");
        switch (c.Op)
        {
            case "conv2d":
                return t["x"].Conv2d(t["weight"], bias, c.Pair("stride"), c.Pair("padding"), c.Pair("dilation"), c.Int("groups"));
            case "conv_transpose2d":
                return t["x"].ConvTranspose2d(
                    t["weight"], bias, c.Pair("stride"), c.Pair("padding"), c.Pair("output_padding"), c.Pair("dilation"), c.Int("groups"));
            case "max_pool2d":
                var (y, switches) = t["x"].MaxPool2dWithSwitches(c.Pair("kernel"), c.Pair("stride"), c.Pair("padding"), c.Flag("ceil_mode"));
                Compare.Equal(switches, c.Extra("switches").Elements, c.Extra("switches").Shape, "switches");
                return y;
            case "avg_pool2d":
                return t["x"].AvgPool2d(c.Pair("kernel"), c.Pair("stride"), c.Pair("padding"), c.Flag("ceil_mode"), c.Flag("count_include_pad"));
            case "max_unpool2d":
                return t["x"].MaxUnpool2d(c.Integers("switches", Device), c.Pair("kernel"), c.Pair("stride"), c.Pair("padding"), c.OptionalPair("output_size"));
            case "upsample_bilinear2d":
                return t["x"].UpsampleBilinear2d(c.Pair("output_size"), c.Flag("align_corners"));
            case "relu":
                return t["x"].ReLU();
            case "linear":
                return t["x"].Linear(t["weight"], bias);
            case "local_response_norm":
                return t["x"].LocalResponseNorm(c.Int("size"), c.Number("alpha"), c.Number("beta"), c.Number("k"));
            case "softmax":
                return t["x"].Softmax(c.Int("axis"));
            case "log_softmax":
                return t["x"].LogSoftmax(c.Int("axis"));
            case "cross_entropy":
                var logits = t["logits"];
                return logits.CrossEntropy(
                    c.Integers("labels", Device), c.Constant("weight")?.Make(logits.DType, Device, requiresGrad: false), c.Number("label_smoothing"),
                    c.Int("ignore_index"), c.Text("reduction") == "mean" ? Reduction.Mean : Reduction.Sum);
            default:
                throw new NotSupportedException(c.Op);
        }
    }

    private void CheckSgd(GoldenCase c, DType dtype, Tolerance tolerance)
    {
        var w = c.Inputs[0].Make(dtype, Device);
        var gradients = c.Constant("gradients")!.Make(dtype, Device, requiresGrad: false);
        var expected = c.Output.Make(DType.Float64, Device, requiresGrad: false);
        using var sgd = new Sgd([new("w", w)], 0, c.Number("momentum"), c.Number("weight_decay"));
        foreach (var (step, rate) in c.Numbers("rates").Index())
        {
            sgd.LearningRate = rate;
            sgd.ZeroGrad();
            w.Backward(gradients.Select(0, step));
            sgd.Step();
            Compare.Close(w, expected.Select(0, step), tolerance, $"w after step {step + 1}");
        }
    }

    private static string Family(string op) => op switch
    {
        "conv2d" or "conv_transpose2d" => "conv",
        "max_pool2d" or "avg_pool2d" or "max_unpool2d" => "pool",
        "upsample_bilinear2d" => "upsample",
        "local_response_norm" => "lrn",
        "log_softmax" => "softmax",
        "relu" => "elementwise",
        _ => op,
    };

    /// <summary>Close, but a NaN that PyTorch has is wanted, and nowhere else.</summary>
    private static void Close(Tensor actual, Argument expected, Tolerance tolerance)
    {
        var (values, wanted) = (Compare.Doubles(actual), (double[])expected.Elements.Clone());
        for (var i = 0; i < Math.Min(values.Length, wanted.Length); i++)
            if (double.IsNaN(wanted[i]) && double.IsNaN(values[i]))
                values[i] = wanted[i] = 0;
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), expected.Name);
        var agreement = Compare.Measure(values, wanted, expected.Shape, tolerance, expected.Name);
        Assert.That(agreement.Passed, agreement.Message);
    }
}
