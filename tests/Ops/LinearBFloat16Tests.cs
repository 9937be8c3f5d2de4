using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

/// <summary>Linear layers whose weight is stored in bfloat16: on every CPU backend, the bits of the same weight in float32.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.Cpus))]
public sealed class LinearBFloat16Tests(string backend) : OpTests(backend)
{
    // Below, at and above the batch that is streamed; features and outputs on both sides of a vector, a line and a block.
    private static readonly (int N, int In, int Out)[] Sweep =
    [
        (1, 1, 1), (1, 31, 33), (2, 257, 5), (3, 8, 255), (1, 1025, 17), (4, 443, 31), (7, 64, 64), (8, 33, 129), (16, 600, 25), (17, 40, 50),
        (33, 7, 3), (65, 129, 66), (0, 4, 3), (2, 0, 3), (20, 0, 3), (20, 3, 0),
    ];

    [Test]
    public void By_hand()
    {
        var weight = Floats([1, 0, -1, 2, 1, 0.5f], 2, 3).ToBFloat16();
        Compare.Equal(Floats([1, 2, 3, 4, 5, 6], 2, 3).Linear(weight, Floats([10, 20], 2)), [8, 25.5, 8, 36], [2, 2], "y");
        Compare.Equal(Floats([1, 10], 1, 2).LinearTranspose(weight), [21, 10, 4], [1, 3], "transposed");
    }

    [Test]
    public void Equals_the_rounded_weight_in_float32_bit_for_bit([ValueSource(nameof(Sweep))] (int N, int In, int Out) c, [Values] bool bias)
    {
        var x = Normal([c.N, c.In], 1);
        var weight = Normal([c.Out, c.In], 2).ToBFloat16();
        var added = bias ? Normal([c.Out], 3) : null;
        var dy = Normal([c.N, c.Out], 4);
        SameBits(x.Linear(weight, added), x.Linear(weight.ToFloat32(), added), "y");
        SameBits(dy.LinearTranspose(weight), dy.LinearTranspose(weight.ToFloat32()), "transposed");
    }

    [Test]
    public void Blocks_of_a_large_weight_equal_the_whole()
    {
        // Some blocks of columns and some slices of the sum, the last ones ragged.
        var x = Normal([17, 9001], 1);
        var weight = Normal([310, 9001], 2).ToBFloat16();
        var dy = Normal([17, 310], 3);
        SameBits(x.Linear(weight), x.Linear(weight.ToFloat32()), "y");
        SameBits(dy.LinearTranspose(weight), dy.LinearTranspose(weight.ToFloat32()), "transposed");
    }

    [Test]
    public void Infinite_and_NaN_weights_stay_so()
    {
        var weight = Floats([float.PositiveInfinity, 1, float.NaN, 1, float.MaxValue, 1], 3, 2).ToBFloat16();
        Compare.Equal(Floats([1, 2], 1, 2).Linear(weight), [double.PositiveInfinity, double.NaN, double.PositiveInfinity], [1, 3], "y");
    }

    [Test]
    public void The_gradient_passes_to_the_input_and_the_bias()
    {
        var (x, bias, weight) = (Normal([5, 33], 1), Normal([17], 2), Normal([17, 33], 3).ToBFloat16());
        x.RequiresGrad = bias.RequiresGrad = true;
        var dy = Normal([5, 17], 4);
        x.Linear(weight, bias).Backward(dy);
        Compare.Equal(x.Grad, dy.LinearTranspose(weight), "x");
        Assert.That(bias.Grad, Is.Not.Null);
        Assert.That(weight.Grad, Is.Null);
    }

    [Test]
    public void A_view_of_a_weight_is_taken_as_it_lies()
    {
        var weight = Normal([12, 20], 1);
        var (stored, part) = (weight.ToBFloat16(), weight.ToBFloat16().Narrow(0, 3, 5).Narrow(1, 1, 9));
        var x = Normal([2, 9], 2);
        SameBits(x.Linear(part), x.Linear(stored.ToFloat32().Narrow(0, 3, 5).Narrow(1, 1, 9)), "part");
        SameBits(Normal([2, 12], 3).Linear(stored.Permute(1, 0)), Normal([2, 12], 3).Linear(stored.ToFloat32().Permute(1, 0)), "transposed view");
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var (x, stored) = (Zeros(2, 3), Zeros(4, 3).ToBFloat16());
        const string Only = "expected float32 or float64: bfloat16 only stores the weights of linear layers.";
        Refuses(() => x.Linear(Zeros(3).ToBFloat16()), "linear: weight is shape [3]; expected 2 axes [Out, In].");
        Refuses(() => Zeros(2, 4).Linear(stored), "linear: x is [2, 4]; expected [N, 3] for weight [4, 3].");
        Refuses(() => stored.Linear(stored), $"linear: x is bfloat16 [4, 3] on {Device}; {Only}");
        Refuses(() => Tensor.Zeros([2, 3], DType.Float64, Device).Linear(stored), $"linear: weight is bfloat16 [4, 3] on {Device}; {Only}");
        Refuses(
            () => x.Linear(stored, Zeros(4).ToBFloat16()),
            $"linear: bias is bfloat16 [4] on {Device}; expected Float32 on {Device}, as the other arguments.");
        Refuses(() => stored.ReLU(), $"relu: x is bfloat16 [4, 3] on {Device}; {Only}");
        Refuses(() => stored.Add(stored), $"add: a is bfloat16 [4, 3] on {Device}; {Only}");
        Refuses(() => Zeros(1, 1, 4, 4).Conv2d(Zeros(1, 1, 2, 2).ToBFloat16()), $"conv2d: weight is bfloat16 [1, 1, 2, 2] on {Device}; {Only}");
        Refuses(() => stored.ToBFloat16(), $"to_bfloat16: tensor is bfloat16 [4, 3] on {Device}; expected Float32.");
        Refuses(() => x.ToFloat32(), $"to_float32: tensor is float32 [2, 3] on {Device}; expected BFloat16.");
        Refuses<InvalidOperationException>(
            () => stored.RequiresGrad = true, $"requires_grad: bfloat16 [4, 3] on {Device} carries no gradient: it is for inference.");
    }

    private static void SameBits(Tensor actual, Tensor expected, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), what);
        Assert.That(Bits(actual), Is.EqualTo(Bits(expected)), what);
    }

    private static int[] Bits(Tensor tensor) => Array.ConvertAll(tensor.ToArray<float>(), BitConverter.SingleToInt32Bits);

    private Tensor Normal(Shape shape, ulong seed) => Tensor.Normal(shape, new Generator(seed), device: Device);
}
