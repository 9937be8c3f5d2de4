using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class SgdTests(string backend) : OpTests(backend)
{
    private readonly string backend = backend;

    private static IEnumerable<int> Sizes => ReLUTests.Sizes;

    [Test]
    public void By_hand()
    {
        var w = Doubles([1, -2], 2);
        w.RequiresGrad = true;
        using var sgd = new Sgd([new("w", w)], learningRate: 0.5, momentum: 0.5, weightDecay: 0.25);
        // v = g + lambda w = (4.25, -0.5); w = (1, -2) - v/2.
        Step(w, sgd, [4, 0]);
        Compare.Equal(w, [-1.125, -1.75], [2], "after a step");
        Compare.Equal(sgd.Velocities["w"], [4.25, -0.5], [2], "velocity");
        // v = 0.5 v + g + lambda w = (2.125 + 0 - 0.28125, -0.25 + 8 - 0.4375).
        Step(w, sgd, [0, 8]);
        Compare.Equal(sgd.Velocities["w"], [1.84375, 7.3125], [2], "velocity");
        Compare.Equal(w, [-2.046875, -5.40625], [2], "after two");
    }

    [Test]
    public void Without_momentum_there_is_no_velocity()
    {
        var w = Doubles([1], 1);
        w.RequiresGrad = true;
        using var sgd = new Sgd([new("w", w)], 0.5, weightDecay: 1);
        Step(w, sgd, [2]);
        Compare.Equal(w, [-0.5], [1], "w");
        Assert.That(sgd.Velocities, Is.Empty);
        sgd.LearningRate = 0;
        Step(w, sgd, [2]);
        Compare.Equal(w, [-0.5], [1], "at rate 0");
    }

    [Test]
    public void Every_size_matches_the_reference([ValueSource(nameof(Sizes))] int size, [Values] bool momentum)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            Compare.Close(
                Steps(size, momentum, dtype, Device), Steps(size, momentum, DType.Float64, Backends.Reference), Tolerances.For("sgd", dtype, "reference"), "w");
        }
        foreach (var device in Backends.MustEqual(backend))
            Compare.Equal(Steps(size, momentum, DType.Float32, device), Steps(size, momentum, DType.Float32, Device), "w");
    }

    [Test]
    public void The_norm_and_the_scale_are_of_all_gradients_together()
    {
        var (a, b, still) = (Doubles([0, 0], 2), Floats([0, 0, 0], 3), Floats([7], 1));
        a.RequiresGrad = b.RequiresGrad = still.RequiresGrad = true;
        using var sgd = new Sgd([new("a", a), new("b", b), new("still", still)], 1);
        Assert.That(sgd.GradientNorm(), Is.Zero);
        a.Backward(Doubles([3, 0], 2));
        b.Backward(Floats([0, -4, 12], 3));
        Assert.That(sgd.GradientNorm(), Is.EqualTo(13));
        sgd.ScaleGradients(0.5);
        Compare.Equal(a.Grad!, [1.5, 0], [2], "a");
        Compare.Equal(b.Grad!, [0, -2, 6], [3], "b");
        b.Backward(Floats([float.NaN, 0, 0], 3));
        Assert.That(sgd.GradientNorm(), Is.NaN);
    }

    [Test]
    public void A_restored_velocity_is_a_copy_in_its_place()
    {
        var w = Doubles([1, 1], 2);
        w.RequiresGrad = true;
        using var sgd = new Sgd([new("w", w)], 1, 0.5);
        Step(w, sgd, [8, 8]);
        var saved = Doubles([2, 4], 2);
        sgd.Restore("w", saved);
        saved.Fill(9);
        Compare.Equal(sgd.Velocities["w"], [2, 4], [2], "restored");
        Step(w, sgd, [0, 0]);
        Compare.Equal(w, [-8, -9], [2], "w = 1 - 8 - v/2");
        Assert.That(
            () => sgd.Restore("w", Doubles([1], 1)),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("sgd: velocity is shape [1]; expected shape [2]."));
        Assert.Throws<KeyNotFoundException>(() => sgd.Restore("other", saved));
    }

    [Test]
    public void A_parameter_without_a_gradient_stays()
    {
        var w = Doubles([1], 1);
        using var sgd = new Sgd([new("w", w)], 0.5, 0.9, 1);
        sgd.Step();
        Compare.Equal(w, [1], [1], "w");
    }

    [Test]
    public void Bad_numbers_are_refused([Values(-1, double.NaN)] double bad)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd([], bad).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd([], 1, bad).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd([], 1, 0, bad).Dispose());
    }

    private static Tensor Steps(int size, bool momentum, DType dtype, Device device)
    {
        var w = Argument.Random("w", [size], 151).Make(dtype, device);
        using var sgd = new Sgd([new("w", w)], 0.1, momentum ? 0.9 : 0, 0.01);
        for (var step = 0; step < 3; step++)
        {
            sgd.ZeroGrad();
            w.Multiply(w).Sum().Backward();
            sgd.Step();
        }
        return w;
    }

    private void Step(Tensor w, Sgd sgd, double[] gradient)
    {
        sgd.ZeroGrad();
        w.Backward(Doubles(gradient, gradient.Length));
        sgd.Step();
    }
}
