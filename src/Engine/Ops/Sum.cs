namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>The sum of all elements, in a fixed order.</summary>
    /// <returns>A scalar, shape [].</returns>
    public static Tensor Sum(this Tensor x)
    {
        Check.Float("sum", "x", x);
        x = x.Contiguous();
        var y = Tensor.Empty([], x.DType, x.Device);
        x.Backend.Sum(x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new SumNode(x);
        return y;
    }

    /// <summary>The mean of all elements; NaN when there are none.</summary>
    /// <returns>A scalar, shape [].</returns>
    public static Tensor Mean(this Tensor x) => Sum(x).Scale(1.0 / x.Count);

    private sealed class SumNode(Tensor x) : GradNode("sum", x)
    {
        private readonly Shape input = x.Shape;

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var ones = new long[input.Rank];
            Array.Fill(ones, 1);
            return [gradient.ViewAs(new Shape(ones)).Expand(input).Contiguous()];
        }
    }
}
