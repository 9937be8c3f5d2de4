using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>y = x weightT + bias.</summary>
    /// <param name="x">Input [N, In].</param>
    /// <param name="weight">[Out, In]; in bfloat16 too, beside float32: the result is that of the same numbers in float32.</param>
    /// <param name="bias">[Out], or null.</param>
    /// <returns>[N, Out].</returns>
    /// <exception cref="ShapeException">Shapes, element types or devices do not fit.</exception>
    public static Tensor Linear(this Tensor x, Tensor weight, Tensor? bias = null)
    {
        const string op = "linear";
        var g = LinearGeometry(op, x, weight, inputAxis: 1);
        if (bias is not null)
        {
            Check.Fits(op, "bias", bias, x);
            Check.Shape(op, "bias", bias, [g.Out]);
        }
        (x, weight, bias) = (x.Contiguous(), weight.Contiguous(), bias?.Contiguous());
        var y = Tensor.Empty([g.N, g.Out], x.DType, x.Device);
        x.Backend.LinearForward(g, x.View, weight.View, bias?.View, y.View);
        if (Autograd.Needed(x, weight, bias))
            y.Node = new LinearNode(g, x, weight, bias);
        return y;
    }

    /// <summary>x weight: the transposed linear layer, which is how the deconvnet passes a fully connected one.</summary>
    /// <param name="x">[N, Out].</param>
    /// <param name="weight">A linear layer's weight [Out, In], unchanged; in bfloat16 too, as for <see cref="Linear"/>.</param>
    /// <returns>[N, In]; no gradient passes.</returns>
    /// <exception cref="ShapeException">Shapes, element types or devices do not fit.</exception>
    public static Tensor LinearTranspose(this Tensor x, Tensor weight)
    {
        var g = LinearGeometry("linear_transpose", x, weight, inputAxis: 0);
        (x, weight) = (x.Contiguous(), weight.Contiguous());
        var y = Tensor.Empty([g.N, g.In], x.DType, x.Device);
        x.Backend.LinearBackwardInput(g, x.View, weight.View, y.View);
        return y;
    }

    private static LinearGeometry LinearGeometry(string op, Tensor x, Tensor weight, int inputAxis)
    {
        Check.Rank(op, "x", x, 2, "[N, features]");
        if (weight is { DType: DType.BFloat16, IsDisposed: false } && x.DType == DType.Float32 && weight.Device == x.Device)
        {
            Check.Axes(op, "weight", weight, 2, "[Out, In]");
        }
        else
        {
            Check.Rank(op, "weight", weight, 2, "[Out, In]");
            Check.Fits(op, "weight", weight, x);
        }
        Check.That(
            x.Shape[1] == weight.Shape[inputAxis], op, "x", $"[N, {weight.Shape[inputAxis]}] for weight {weight.Shape}", $"{x.Shape}");
        return new LinearGeometry(Check.Int(x.Shape[0]), Check.Int(weight.Shape[1]), Check.Int(weight.Shape[0]));
    }

    private sealed class LinearNode(LinearGeometry g, Tensor x, Tensor weight, Tensor? bias) : WeightedNode("linear", x, weight, bias)
    {
        protected override Tensor InputGradient(Tensor gradient, Tensor weight) => gradient.LinearTranspose(weight);

        protected override Tensor? WeightGradient(Tensor gradient, Tensor x)
        {
            if (Edges[1].Leaf is { } leaf && leaf.TryDefer(g, x, gradient))
                return null;
            var dw = Tensor.Empty([g.Out, g.In], gradient.DType, gradient.Device);
            gradient.Backend.LinearBackwardWeight(g, x.View, gradient.View, dw.View);
            return dw;
        }

        protected override Tensor BiasGradient(Tensor gradient) => ChannelSum(gradient, g.N, g.Out, 1);
    }
}
