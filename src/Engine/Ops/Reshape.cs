namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>The same elements in another shape: a view where x is contiguous, else a copy. One size may be -1 and is worked out.</summary>
    /// <exception cref="ShapeException">The number of elements would change.</exception>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<long> sizes)
    {
        ArgumentNullException.ThrowIfNull(x);
        var shape = Resolve(x.Shape, sizes);
        x = x.Contiguous();
        var y = x.ViewAs(shape);
        if (Autograd.Needed(x))
            y.Node = new ReshapeNode(x);
        return y;
    }

    /// <summary>Joins the axes from <paramref name="startAxis"/> on into one.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor Flatten(this Tensor x, int startAxis = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        Check.That(startAxis >= 0 && startAxis < x.Shape.Rank, "flatten", "start_axis", $"an axis of {x.Shape}", $"{startAxis}");
        return Reshape(x, [.. x.Shape.Sizes[..startAxis], new Shape(x.Shape.Sizes[startAxis..]).Count]);
    }

    private static Shape Resolve(Shape from, ReadOnlySpan<long> sizes)
    {
        var resolved = sizes.ToArray();
        var unknown = Array.IndexOf(resolved, -1);
        if (unknown >= 0)
        {
            resolved[unknown] = 1;
            var known = resolved.Any(size => size < 0) ? 0 : new Shape(resolved).Count;
            resolved[unknown] = known > 0 && from.Count % known == 0 ? from.Count / known : -1;
        }
        if (resolved.Any(size => size < 0) || new Shape(resolved).Count != from.Count)
            throw new ShapeException("reshape", "shape", $"{from.Count} elements, as {from} has", $"[{string.Join(", ", sizes.ToArray())}]");
        return new Shape(resolved);
    }

    private sealed class ReshapeNode(Tensor x) : GradNode("reshape", x)
    {
        private readonly Shape input = x.Shape;

        protected override Tensor?[] Backward(Tensor gradient) => [gradient.ViewAs(input)];
    }
}
