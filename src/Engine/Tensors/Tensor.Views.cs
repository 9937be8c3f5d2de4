namespace ZfNet.Engine;

public sealed partial class Tensor
{
    /// <summary>The same memory without history: gradients stop here.</summary>
    public Tensor Detach() => new(storage.Retain(), DType, Shape, strides, offset);

    /// <summary>The elements from <paramref name="start"/> on along an axis, <paramref name="length"/> of them, as a view. No gradient passes.</summary>
    /// <exception cref="ShapeException">The range leaves the axis.</exception>
    public Tensor Narrow(int axis, long start, long length)
    {
        RefuseGradient("narrow");
        CheckAxis("narrow", axis);
        if (start < 0 || length < 0 || start > Shape[axis] - length)
            throw new ShapeException("narrow", $"axis {axis}", $"a range inside 0..{Shape[axis]}", $"{start}..{start + length}");
        var sizes = Shape.Sizes.ToArray();
        sizes[axis] = length;
        return new Tensor(storage.Retain(), DType, new Shape(sizes), strides, offset + start * strides[axis]);
    }

    /// <summary>One index of an axis, which disappears, as a view. No gradient passes.</summary>
    public Tensor Select(int axis, long index)
    {
        using var one = Narrow(axis, index, 1);
        long[] sizes = [.. Shape.Sizes[..axis], .. Shape.Sizes[(axis + 1)..]];
        long[] steps = [.. strides.AsSpan(..axis), .. strides.AsSpan((axis + 1)..)];
        return new Tensor(storage.Retain(), DType, new Shape(sizes), steps, one.offset);
    }

    /// <summary>The axes in another order, as a view. No gradient passes.</summary>
    /// <exception cref="ShapeException">The order does not name every axis once.</exception>
    public Tensor Permute(params ReadOnlySpan<int> order)
    {
        RefuseGradient("permute");
        var named = new bool[Shape.Rank];
        foreach (var axis in order)
            if (axis >= 0 && axis < named.Length)
                named[axis] = true;
        if (order.Length != Shape.Rank || named.Contains(false))
            throw new ShapeException("permute", "order", $"every axis of {Shape} once", $"({string.Join(", ", order.ToArray())})");
        var sizes = new long[order.Length];
        var steps = new long[order.Length];
        for (var i = 0; i < order.Length; i++)
            (sizes[i], steps[i]) = (Shape[order[i]], strides[order[i]]);
        return new Tensor(storage.Retain(), DType, new Shape(sizes), steps, offset);
    }

    /// <summary>Axes of size 1 repeated to a larger shape of the same rank, as a view. No gradient passes.</summary>
    /// <exception cref="ShapeException">An axis that is not 1 would change.</exception>
    public Tensor Expand(Shape shape)
    {
        RefuseGradient("expand");
        var steps = strides.ToArray();
        for (var axis = 0; axis < Math.Max(Shape.Rank, shape.Rank); axis++)
        {
            if (shape.Rank != Shape.Rank || (Shape[axis] != shape[axis] && Shape[axis] != 1))
                throw new ShapeException("expand", "shape", $"the rank of {Shape}, with only axes of size 1 changed", $"{shape}");
            if (Shape[axis] != shape[axis])
                steps[axis] = 0;
        }
        return new Tensor(storage.Retain(), DType, shape, steps, offset);
    }

    /// <summary>This tensor where it is contiguous, else a contiguous copy. No gradient passes a copy.</summary>
    public Tensor Contiguous()
    {
        if (IsContiguous)
            return this;
        RefuseGradient("contiguous");
        var copy = Empty(Shape, DType, Device);
        Backend.CopyStrided(Shape.Sizes, StridedView, copy.StridedView);
        return copy;
    }

    /// <summary>A view of the same elements in another shape, made by <see cref="Ops.Reshape"/>.</summary>
    internal Tensor ViewAs(Shape shape) => new(storage.Retain(), DType, shape, shape.ContiguousStrides(), offset);

    private Tensor ContiguousLease()
    {
        var lease = Lease();
        if (lease.IsContiguous)
            return lease;
        using (lease)
            return lease.Contiguous().Unscoped();
    }

    private void CheckAxis(string op, int axis)
    {
        if (axis < 0 || axis >= Shape.Rank)
            throw new ShapeException(op, "axis", $"0 to {Shape.Rank - 1} for shape {Shape}", $"{axis}");
    }

    private void RefuseGradient(string op)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (Autograd.Needed(this))
            throw new InvalidOperationException($"{op}: no gradient passes through this view; call Detach() first, or use no-grad mode.");
    }
}
