namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>exp(x) over its sum along an axis; the maximum is taken off first.</summary>
    /// <param name="x">Any shape of at least one axis.</param>
    /// <param name="axis">The axis that sums to 1.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor Softmax(this Tensor x, int axis = 1)
    {
        var (outer, size, inner) = Axis("softmax", x, axis);
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.SoftmaxForward(outer, size, inner, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new SoftmaxNode(x, y, axis, logarithm: false);
        return y;
    }

    /// <summary>The logarithm of <see cref="Softmax"/>, without its rounding.</summary>
    /// <inheritdoc cref="Softmax"/>
    public static Tensor LogSoftmax(this Tensor x, int axis = 1)
    {
        var (outer, size, inner) = Axis("log_softmax", x, axis);
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.LogSoftmaxForward(outer, size, inner, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new SoftmaxNode(x, y, axis, logarithm: true);
        return y;
    }

    private static (long Outer, int Size, long Inner) Axis(string op, Tensor x, int axis)
    {
        Check.Float(op, "x", x);
        Check.That(axis >= 0 && axis < x.Shape.Rank, op, "axis", $"an axis of {x.Shape}", $"{axis}");
        Check.That(x.Shape[axis] > 0, op, "x", $"elements along axis {axis}", $"shape {x.Shape}");
        return (new Shape(x.Shape.Sizes[..axis]).Count, Check.Int(x.Shape[axis]), new Shape(x.Shape.Sizes[(axis + 1)..]).Count);
    }

    private sealed class SoftmaxNode : GradNode
    {
        private readonly Tensor y;
        private readonly int axis;
        private readonly bool logarithm;

        public SoftmaxNode(Tensor x, Tensor y, int axis, bool logarithm)
            : base(logarithm ? "log_softmax" : "softmax", x)
        {
            this.y = Save(y);
            this.axis = axis;
            this.logarithm = logarithm;
        }

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var (outer, size, inner) = Axis(Op, y, axis);
            var dx = Tensor.Empty(y.Shape, gradient.DType, gradient.Device);
            if (logarithm)
                gradient.Backend.LogSoftmaxBackward(outer, size, inner, y.View, gradient.View, dx.View);
            else
                gradient.Backend.SoftmaxBackward(outer, size, inner, y.View, gradient.View, dx.View);
            return [dx];
        }
    }
}
