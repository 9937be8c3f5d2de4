using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class SoftmaxTests(string backend) : OpTests(backend)
{
    private static readonly (long[] Shape, int Axis)[] Sweep =
    [
        ([1], 0), ([5], 0), ([3, 1], 1), ([2, 31], 1), ([3, 257], 1), ([1, 1025], 1), ([4, 7], 0), ([2, 5, 3, 7], 1), ([2, 3, 4, 33], 3), ([0, 4], 1),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([0, (float)Math.Log(3), 1, 1], 2, 2);
        Compare.Close(x.Softmax(), [0.25, 0.75, 0.5, 0.5], [2, 2], Tolerances.For("any", DType.Float32, "hand"), "softmax");
        Compare.Close(
            x.LogSoftmax(), [Math.Log(0.25), Math.Log(0.75), Math.Log(0.5), Math.Log(0.5)], [2, 2], Tolerances.For("any", DType.Float32, "hand"), "log_softmax");
        Compare.Close(x.Softmax(0), [0.268941, 0.524633, 0.731059, 0.475367], [2, 2], Tolerances.For("any", DType.Float32, "hand"), "softmax of columns");
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Sweep))] (long[] Shape, int Axis) c, [Values] bool logarithm) =>
        MatchesReference("softmax", t => Run(t[0], c.Axis, logarithm), Argument.Random("x", new Shape(c.Shape), 101, -4, 4));

    [Test]
    public void Threads_and_runs_give_the_same_bits([ValueSource(nameof(Sweep))] (long[] Shape, int Axis) c, [Values] bool logarithm) =>
        SameBits(t => Run(t[0], c.Axis, logarithm), Argument.Random("x", new Shape(c.Shape), 102, -4, 4));

    [Test]
    public void Gradients_match_differences([Values] bool logarithm)
    {
        GradientCheck.Run("softmax", Device, t => Run(t[0], 1, logarithm), [Argument.Random("x", [3, 5], 103, -2, 2)]);
        GradientCheck.Run("softmax", Device, t => Run(t[0], 1, logarithm), [Argument.Random("x", [2, 3, 2, 2], 104, -2, 2)]);
    }

    [Test]
    public void Large_logits_do_not_overflow()
    {
        var x = Floats([1e30f, 1e30f, -1e30f, 1000, 0, -1000], 2, 3);
        Compare.Equal(x.Softmax(), [0.5, 0.5, 0, 1, 0, 0], [2, 3], "softmax");
        Compare.Equal(Floats([1000, 0, -1000], 1, 3).LogSoftmax(), [0, -1000, -2000], [1, 3], "log_softmax");
        Compare.Equal(Floats([0, float.NegativeInfinity], 1, 2).Softmax(), [1, 0], [1, 2], "a masked logit");
    }

    [Test]
    public void NaN_stays_in_its_row([Values] bool logarithm)
    {
        var y = Run(Floats([1, 2, 3, 4, float.NaN, 6, 7, 8, 9], 3, 3), 1, logarithm).ToArray<float>();
        Assert.That(Enumerable.Range(0, 9).Where(i => float.IsNaN(y[i])), Is.EqualTo(new[] { 3, 4, 5 }));
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Zeros(2, 3).Softmax(2), "softmax: axis is 2; expected an axis of [2, 3].");
        Refuses(() => Zeros(2, 3).LogSoftmax(-1), "log_softmax: axis is -1; expected an axis of [2, 3].");
        Refuses(() => Zeros(2, 0).Softmax(), "softmax: x is shape [2, 0]; expected elements along axis 1.");
        Refuses(() => Ints([1], 1).Softmax(0), $"softmax: x is int32 [1] on {Device}; expected a floating-point tensor.");
    }

    private static Tensor Run(Tensor x, int axis, bool logarithm) => logarithm ? x.LogSoftmax(axis) : x.Softmax(axis);
}
