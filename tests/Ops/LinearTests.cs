using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class LinearTests(string backend) : OpTests(backend)
{
    private static readonly (int N, int In, int Out)[] Sweep =
    [
        (1, 1, 1), (1, 31, 33), (2, 257, 5), (3, 5, 255), (1, 1025, 17), (4, 443, 31), (7, 64, 64), (8, 33, 129), (33, 40, 50), (65, 3, 2), (0, 4, 3), (2, 0, 3),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4, 5, 6], 2, 3);
        var w = Floats([1, 0, -1, 2, 1, 0], 2, 3);
        Compare.Equal(x.Linear(w, Floats([10, 20], 2)), [8, 24, 8, 33], [2, 2], "y");
        Compare.Equal(Floats([1, 10], 1, 2).LinearTranspose(w), [21, 10, -1], [1, 3], "transposed");
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Sweep))] (int N, int In, int Out) c, [Values] bool bias) =>
        MatchesReference("linear", t => t[0].Linear(t[1], bias ? t[2] : null), Arguments(c.N, c.In, c.Out, bias));

    [TestCase(2, 3, 4, true)]
    [TestCase(1, 5, 1, false)]
    public void Gradients_match_differences(int n, int inputs, int outputs, bool bias) =>
        GradientCheck.Run("linear", Device, t => t[0].Linear(t[1], bias ? t[2] : null), Arguments(n, inputs, outputs, bias));

    [Test]
    public void The_transpose_is_the_input_gradient()
    {
        var arguments = Arguments(5, 33, 17, bias: false);
        var (x, w) = (arguments[0].Make(DType.Float32, Device), arguments[1].Make(DType.Float32, Device, requiresGrad: false));
        var dy = Argument.Random("dy", [5, 17], 83).Make(DType.Float32, Device, requiresGrad: false);
        x.Linear(w).Backward(dy);
        Compare.Equal(dy.LinearTranspose(w), x.Grad, "transposed");
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits([ValueSource(nameof(Sweep))] (int N, int In, int Out) c) =>
        SameBits(t => t[0].Linear(t[1], t[2]), Arguments(c.N, c.In, c.Out, bias: true));

    [Test]
    public void A_NaN_reaches_exactly_its_row()
    {
        var y = Floats([1, 2, float.NaN, 4, 5, 6], 3, 2).Linear(Floats([1, 1, 2, 2], 2, 2));
        Compare.Equal(y, [3, 6, double.NaN, double.NaN, 11, 22], [3, 2], "y");
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var (x, w) = (Zeros(2, 3), Zeros(4, 3));
        Refuses(() => Zeros(3).Linear(w), "linear: x is shape [3]; expected 2 axes [N, features].");
        Refuses(() => x.Linear(Zeros(3)), "linear: weight is shape [3]; expected 2 axes [Out, In].");
        Refuses(() => x.Linear(Zeros(3, 4)), "linear: x is [2, 3]; expected [N, 4] for weight [3, 4].");
        Refuses(() => x.Linear(w, Zeros(3)), "linear: bias is shape [3]; expected shape [4].");
        Refuses(() => x.LinearTranspose(w), "linear_transpose: x is [2, 3]; expected [N, 4] for weight [4, 3].");
        Refuses(
            () => x.Linear(Tensor.Zeros([4, 3], DType.Float64, Device)),
            $"linear: weight is float64 [4, 3] on {Device}; expected Float32 on {Device}, as the other arguments.");
    }

    private static Argument[] Arguments(int n, int inputs, int outputs, bool bias)
    {
        var x = Argument.Random("x", [n, inputs], 80);
        var w = Argument.Random("weight", [outputs, inputs], 81);
        return bias ? [x, w, Argument.Random("bias", [outputs], 82)] : [x, w];
    }
}
