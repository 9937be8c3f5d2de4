using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class CrossEntropyTests(string backend) : OpTests(backend)
{
    /// <summary>A loss as a row of the sweep.</summary>
    public sealed record Case(int N, int C, bool Weighted = false, double Smoothing = 0, bool Ignoring = false, Reduction Reduction = Reduction.Mean)
    {
        internal Argument X(int seed) => Argument.Random("logits", [N, C], seed, -3, 3);

        internal Tensor Run(Tensor logits)
        {
            var labels = Values.Labels(111, N, C);
            for (var i = 0; Ignoring && i < N; i += 2)
                labels[i] = -7;
            var weight = Weighted ? new Argument("weight", [C], Values.Random(112, C, 0.25, 2)).Make(logits.DType, logits.Device, requiresGrad: false) : null;
            return logits.CrossEntropy(Tensor.From(labels, [N], logits.Device), weight, Smoothing, ignoreIndex: -7, Reduction);
        }
    }

    private static readonly Case[] Sweep =
    [
        new(1, 1), new(1, 5), new(3, 31), new(2, 1025), new(33, 9), new(4, 6, Weighted: true), new(4, 6, Smoothing: 0.1), new(5, 6, Ignoring: true),
        new(6, 7, true, 0.2, true), new(6, 7, true, 0.2, true, Reduction.Sum), new(3, 4, Smoothing: 1), new(4, 3, Reduction: Reduction.Sum),
    ];

    [Test]
    public void By_hand()
    {
        var logits = Floats([0, (float)Math.Log(3), 0, 0], 2, 2);
        var labels = Ints([1, 0], 2);
        Close((-Math.Log(0.75) - Math.Log(0.5)) / 2, logits.CrossEntropy(labels), "mean");
        Close(-Math.Log(0.75) - Math.Log(0.5), logits.CrossEntropy(labels, reduction: Reduction.Sum), "sum");
        Close((-3 * Math.Log(0.75) - 2 * Math.Log(0.5)) / 5, logits.CrossEntropy(labels, Floats([2, 3], 2)), "weighted mean");
        var smooth = -0.9 * Math.Log(0.75) - 0.05 * (Math.Log(0.25) + Math.Log(0.75)) - 0.9 * Math.Log(0.5) - 0.1 * Math.Log(0.5);
        Close(smooth / 2, logits.CrossEntropy(labels, labelSmoothing: 0.1), "smoothed mean");
        Close(-Math.Log(0.5), logits.CrossEntropy(Ints([-100, 0], 2)), "one ignored");
    }

    [Test]
    public void The_gradient_by_hand()
    {
        var logits = Doubles([0, Math.Log(3), 0, 0], 2, 2);
        logits.RequiresGrad = true;
        logits.CrossEntropy(Ints([1, 0], 2)).Backward();
        // (softmax - onehot) / N
        Compare.Close(logits.Grad!, [0.125, -0.125, -0.25, 0.25], [2, 2], Tolerances.For("any", DType.Float64, "hand"), "dx");
    }

    [TestCaseSource(nameof(Sweep))]
    public void Matches_the_reference(Case c) => MatchesReference("cross_entropy", t => c.Run(t[0]), c.X(113));

    [TestCaseSource(nameof(Sweep))]
    public void Threads_and_runs_give_the_same_bits(Case c) =>
        SameBits(t => c.Run(t[0]), c.X(114));

    [TestCase(3, 4, false, 0, false)]
    [TestCase(3, 4, true, 0.1, false)]
    [TestCase(4, 3, true, 0.3, true)]
    public void Gradients_match_differences(int n, int classes, bool weighted, double smoothing, bool ignoring)
    {
        foreach (var reduction in new[] { Reduction.Mean, Reduction.Sum })
        {
            var c = new Case(n, classes, weighted, smoothing, ignoring, reduction);
            GradientCheck.Run("cross_entropy", Device, t => c.Run(t[0]), [c.X(115)]);
        }
    }

    [Test]
    public void All_ignored_is_NaN_for_the_mean_and_0_for_the_sum()
    {
        var logits = Doubles([1, 2, 3, 4], 2, 2);
        logits.RequiresGrad = true;
        var labels = Ints([-100, -100], 2);
        Assert.That(logits.CrossEntropy(labels).Item(), Is.NaN);
        var sum = logits.CrossEntropy(labels, reduction: Reduction.Sum);
        Assert.That(sum.Item(), Is.Zero);
        sum.Backward();
        Compare.Equal(logits.Grad!, new double[4], [2, 2], "dx");
    }

    [Test]
    public void Ignored_samples_do_not_even_look_at_their_logits()
    {
        var logits = Floats([float.NaN, 1, 0, 0], 2, 2);
        logits.RequiresGrad = true;
        var loss = logits.CrossEntropy(Ints([5, 0], 2), ignoreIndex: 5);
        Close(Math.Log(2), loss, "loss");
        loss.Backward();
        Compare.Equal(logits.Grad!, [0, 0, -0.5, 0.5], [2, 2], "dx");
    }

    [Test]
    public void A_masked_class_costs_nothing_without_smoothing()
    {
        var logits = Floats([0, 0, float.NegativeInfinity], 1, 3);
        logits.RequiresGrad = true;
        var loss = logits.CrossEntropy(Ints([0], 1));
        Close(Math.Log(2), loss, "loss");
        loss.Backward();
        Compare.Equal(logits.Grad!, [-0.5, 0.5, 0], [1, 3], "dx");
        Assert.That(logits.CrossEntropy(Ints([0], 1), labelSmoothing: 0.1).Item(), Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Large_logits_do_not_overflow() =>
        Close(2000, Floats([1000, -1000], 1, 2).CrossEntropy(Ints([1], 1)), "loss");

    [Test]
    public void NaN_comes_through() => Assert.That(Floats([1, float.NaN], 1, 2).CrossEntropy(Ints([0], 1)).Item(), Is.NaN);

    [TestCase(3)]
    [TestCase(-1)]
    public void A_label_that_is_no_class_is_refused(int bad) => Refuses<ArgumentOutOfRangeException>(
        () => Zeros(2, 3).CrossEntropy(Ints([0, bad], 2)), $"cross_entropy: label {bad} of sample 1 is not one of 3 classes.");

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var (logits, labels) = (Zeros(2, 3), Ints([0, 1], 2));
        Refuses(() => Zeros(3).CrossEntropy(labels), "cross_entropy: logits is shape [3]; expected 2 axes [N, C].");
        Refuses(() => logits.CrossEntropy(Ints([0], 1)), "cross_entropy: labels is shape [1]; expected shape [2].");
        Refuses(() => logits.CrossEntropy(Zeros(2)), $"cross_entropy: labels is float32 [2] on {Device}; expected int32 on {Device}.");
        Refuses(() => logits.CrossEntropy(labels, Zeros(2)), "cross_entropy: weight is shape [2]; expected shape [3].");
        Refuses(() => logits.CrossEntropy(labels, labelSmoothing: 1.1), "cross_entropy: label_smoothing is 1.1; expected in [0, 1].");
        Refuses(() => logits.CrossEntropy(labels, labelSmoothing: double.NaN), "cross_entropy: label_smoothing is NaN; expected in [0, 1].");
    }

    private static void Close(double expected, Tensor loss, string what) =>
        Compare.Close(loss, [expected], [], Tolerances.For("any", loss.DType, "hand"), what);
}
