using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ReshapeTests(string backend) : OpTests(backend)
{
    [Test]
    public void A_contiguous_tensor_becomes_a_view()
    {
        var x = Floats([1, 2, 3, 4, 5, 6], 2, 3);
        var y = x.Reshape(3, 2);
        Compare.Equal(y, [1, 2, 3, 4, 5, 6], [3, 2], "y");
        x.Fill(7);
        Compare.Equal(y, [7, 7, 7, 7, 7, 7], [3, 2], "the view after a change");
    }

    [Test]
    public void A_strided_tensor_is_copied_in_row_major_order()
    {
        var y = Floats([1, 2, 3, 4, 5, 6], 2, 3).Permute(1, 0).Reshape(6);
        Compare.Equal(y, [1, 4, 2, 5, 3, 6], [6], "y");
    }

    [Test]
    public void One_size_may_be_worked_out()
    {
        Assert.That(Zeros(2, 3, 4).Reshape(-1, 6).Shape, Is.EqualTo(new Shape(4, 6)));
        Assert.That(Zeros(2, 3, 4).Reshape(-1).Shape, Is.EqualTo(new Shape(24)));
        Assert.That(Zeros(0, 3).Reshape(3, -1).Shape, Is.EqualTo(new Shape(3, 0)));
        Assert.That(Zeros(1).Reshape().Shape, Is.EqualTo(new Shape()));
        Assert.That(Zeros(2, 3, 4, 5).Flatten().Shape, Is.EqualTo(new Shape(2, 60)));
        Assert.That(Zeros(2, 3, 4, 5).Flatten(2).Shape, Is.EqualTo(new Shape(2, 3, 20)));
        Assert.That(Zeros(2, 3).Flatten(0).Shape, Is.EqualTo(new Shape(6)));
    }

    [Test]
    public void Gradients_match_differences() =>
        GradientCheck.Run("elementwise", Device, t => t[0].Reshape(3, -1).Multiply(t[0].Reshape(3, 4)), [Argument.Random("x", [2, 6], 141)]);

    [Test]
    public void A_gradient_takes_the_way_back()
    {
        var x = Doubles([1, 2, 3, 4], 2, 2);
        x.RequiresGrad = true;
        x.Flatten(0).Backward(Doubles([5, 6, 7, 8], 4));
        Compare.Equal(x.Grad!, [5, 6, 7, 8], [2, 2], "dx");
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Zeros(2, 3).Reshape(4), "reshape: shape is [4]; expected 6 elements, as [2, 3] has.");
        Refuses(() => Zeros(2, 3).Reshape(-1, 4), "reshape: shape is [-1, 4]; expected 6 elements, as [2, 3] has.");
        Refuses(() => Zeros(2, 3).Reshape(-1, -1), "reshape: shape is [-1, -1]; expected 6 elements, as [2, 3] has.");
        Refuses(() => Zeros(2, 3).Reshape(-2, -3), "reshape: shape is [-2, -3]; expected 6 elements, as [2, 3] has.");
        Refuses(() => Zeros(0, 3).Reshape(0, -1), "reshape: shape is [0, -1]; expected 0 elements, as [0, 3] has.");
        Refuses(() => Zeros(2).Flatten(1), "flatten: start_axis is 1; expected an axis of [2].");
    }
}
