namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>a + b, same shape (nothing is broadcast).</summary>
    /// <exception cref="ShapeException">Shapes, element types or devices differ.</exception>
    public static Tensor Add(this Tensor a, Tensor b)
    {
        CheckBoth("add", a, b);
        (a, b) = (a.Contiguous(), b.Contiguous());
        var y = Tensor.Empty(a.Shape, a.DType, a.Device);
        a.Backend.Add(a.View, b.View, y.View);
        if (Autograd.Needed(a, b))
            y.Node = new AddNode(a, b);
        return y;
    }

    /// <summary>a * b element by element, same shape (nothing is broadcast).</summary>
    /// <exception cref="ShapeException">Shapes, element types or devices differ.</exception>
    public static Tensor Multiply(this Tensor a, Tensor b)
    {
        CheckBoth("multiply", a, b);
        (a, b) = (a.Contiguous(), b.Contiguous());
        var y = Tensor.Empty(a.Shape, a.DType, a.Device);
        a.Backend.Multiply(a.View, b.View, y.View);
        if (Autograd.Needed(a, b))
            y.Node = new MultiplyNode(a, b);
        return y;
    }

    /// <summary>factor * x.</summary>
    public static Tensor Scale(this Tensor x, double factor)
    {
        Check.Float("scale", "x", x);
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.Scale(factor, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new ScaleNode(x, factor);
        return y;
    }

    private static void CheckBoth(string op, Tensor a, Tensor b)
    {
        Check.Float(op, "a", a);
        Check.Float(op, "b", b);
        Check.Same(op, "b", b, a);
    }

    private sealed class AddNode(Tensor a, Tensor b) : GradNode("add", a, b)
    {
        protected override Tensor?[] Backward(Tensor gradient) =>
            [Needs(0) ? gradient.Lease() : null, Needs(1) ? gradient.Lease() : null];
    }

    private sealed class MultiplyNode : GradNode
    {
        private readonly Tensor? a, b;

        public MultiplyNode(Tensor a, Tensor b)
            : base("multiply", a, b)
        {
            this.a = Needs(1) ? Save(a) : null;
            this.b = Needs(0) ? Save(b) : null;
        }

        protected override Tensor?[] Backward(Tensor gradient) =>
            [b is null ? null : gradient.Multiply(b), a is null ? null : gradient.Multiply(a)];
    }

    private sealed class ScaleNode(Tensor x, double factor) : GradNode("scale", x)
    {
        protected override Tensor?[] Backward(Tensor gradient) => [gradient.Scale(factor)];
    }
}
