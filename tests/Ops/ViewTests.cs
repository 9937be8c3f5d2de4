using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ViewTests(string backend) : OpTests(backend)
{
    [Test]
    public void Narrow_select_permute_and_expand_look_into_the_same_memory()
    {
        var x = Floats([.. Enumerable.Range(0, 24).Select(i => (float)i)], 2, 3, 4);
        Compare.Equal(x.Narrow(1, 1, 2), [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23], [2, 2, 4], "narrow");
        Compare.Equal(x.Select(2, 3), [3, 7, 11, 15, 19, 23], [2, 3], "select");
        Compare.Equal(x.Select(0, 1).Permute(1, 0), [12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23], [4, 3], "select and permute");
        Compare.Equal(x.Select(0, 0).Narrow(0, 2, 1).Expand([2, 4]), [8, 9, 10, 11, 8, 9, 10, 11], [2, 4], "expand");
        Compare.Equal(x.Narrow(2, 1, 1).Expand([2, 3, 2]).Narrow(0, 1, 1), [13, 13, 17, 17, 21, 21], [1, 3, 2], "expand the innermost");
        var view = x.Select(1, 2);
        x.Fill(-1);
        Compare.Equal(view, Enumerable.Repeat(-1.0, 8).ToArray(), [2, 4], "after a change");
    }

    [Test]
    public void Copies_of_views_equal_a_plain_loop([Values(DType.Float32, DType.Float64, DType.Int32)] DType dtype)
    {
        var elements = Enumerable.Range(0, 3 * 5 * 7 * 33).ToArray();
        var x = dtype switch
        {
            DType.Float64 => Tensor.From(Array.ConvertAll(elements, i => (double)i), [3, 5, 7, 33], Device),
            DType.Float32 => Tensor.From(Array.ConvertAll(elements, i => (float)i), [3, 5, 7, 33], Device),
            _ => Tensor.From(elements, [3, 5, 7, 33], Device),
        };
        var view = x.Permute(2, 0, 3, 1).Narrow(2, 3, 29).Narrow(1, 1, 2);
        var expected = new List<double>();
        for (var h = 0; h < 7; h++)
        for (var n = 1; n < 3; n++)
        for (var w = 3; w < 32; w++)
        for (var c = 0; c < 5; c++)
            expected.Add(((n * 5 + c) * 7 + h) * 33 + w);
        Compare.Equal(view, [.. expected], [7, 2, 29, 5], "view");
        Compare.Equal(view.Contiguous(), [.. expected], [7, 2, 29, 5], "copy");
        Compare.Equal(view.Clone(), [.. expected], [7, 2, 29, 5], "clone");
        Assert.That(view.Contiguous().IsContiguous);
    }

    [Test]
    public void A_view_is_written_and_nothing_beside_it([Values(DType.Float32, DType.Float64, DType.Int32)] DType dtype)
    {
        double[] elements = [.. Enumerable.Range(0, 2 * 3 * 70 * 70).Select(i => (double)i)];
        Tensor Make() => dtype switch
        {
            DType.Float64 => Tensor.From(elements, [2, 3, 70, 70], Device),
            DType.Float32 => Tensor.From(Array.ConvertAll(elements, value => (float)value), [2, 3, 70, 70], Device),
            _ => Tensor.From(Array.ConvertAll(elements, value => (int)value), [2, 3, 70, 70], Device),
        };
        Tensor x = Make(), y = Make();
        // Rows within rows, and axes turned.
        y.Narrow(0, 1, 1).Narrow(2, 4, 66).Narrow(3, 1, 3).CopyFrom(x.Narrow(0, 0, 1).Narrow(2, 2, 66).Narrow(3, 67, 3));
        y.Select(0, 0).Narrow(1, 0, 3).CopyFrom(x.Select(0, 1).Permute(1, 0, 2).Narrow(0, 4, 3).Permute(1, 0, 2));
        y.Select(0, 0).Select(0, 2).Narrow(0, 8, 2).CopyFrom(x.Select(0, 0).Select(0, 0).Narrow(1, 8, 2).Permute(1, 0));
        var expected = elements.ToArray();
        int At(int n, int c, int h, int w) => ((n * 3 + c) * 70 + h) * 70 + w;
        for (var c = 0; c < 3; c++)
        {
            for (var h = 0; h < 66; h++)
            for (var w = 0; w < 3; w++)
                expected[At(1, c, 4 + h, 1 + w)] = At(0, c, 2 + h, 67 + w);
            for (var h = 0; h < 3; h++)
            for (var w = 0; w < 70; w++)
                expected[At(0, c, h, w)] = At(1, c, 4 + h, w);
        }
        for (var h = 0; h < 2; h++)
        for (var w = 0; w < 70; w++)
            expected[At(0, 2, 8 + h, w)] = At(0, 0, w, 8 + h);
        Compare.Equal(y, expected, [2, 3, 70, 70], "written");
    }

    [Test]
    public void A_view_of_the_same_memory_is_read_before_it_is_written()
    {
        var x = Floats([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3);
        x.CopyFrom(x.Permute(1, 0));
        Compare.Equal(x, [1, 4, 7, 2, 5, 8, 3, 6, 9], [3, 3], "transposed");
        Refuses<ShapeException>(() => x.Narrow(1, 0, 1).Expand([3, 2]).CopyFrom(Zeros(3, 2)), "copy_from: target is repeated along axis 1; expected a view without repeated elements.");
    }

    [Test]
    public void A_contiguous_tensor_is_not_copied()
    {
        var x = Zeros(4, 3);
        Assert.That(x.Contiguous(), Is.SameAs(x));
        Assert.That(x.Narrow(0, 1, 2).IsContiguous);
        Assert.That(x.Narrow(1, 1, 2).IsContiguous, Is.False);
        Assert.That(x.Narrow(0, 2, 1).Narrow(1, 1, 2).IsContiguous, "one row");
    }

    [Test]
    public void Empty_tensors_are_contiguous_and_pass_through_everything()
    {
        foreach (var shape in new Shape[] { [0], [2, 0], [0, 2], [2, 0, 3], [1, 0, 0] })
        {
            var x = Tensor.Zeros(shape, DType.Float32, Device);
            Assert.That(x.IsContiguous, $"{shape}");
            Assert.That(x.ToArray<float>(), Is.Empty);
            Assert.That(x.ReLU().Add(x).Scale(2).Clone().Shape, Is.EqualTo(shape));
            Assert.That(x.Sum().Item(), Is.Zero);
        }
    }

    [Test]
    public void Host_copies_check_type_and_length()
    {
        var x = Zeros(2, 2);
        x.CopyFrom<float>([1, 2, 3, 4]);
        Compare.Equal(x, [1, 2, 3, 4], [2, 2], "copied");
        x.CopyFrom(Floats([1, 2, 3, 4], 2, 2).Permute(1, 0));
        Compare.Equal(x, [1, 3, 2, 4], [2, 2], "copied from a view");
        Refuses<ShapeException>(() => x.CopyFrom<float>([1, 2, 3]), "copy_from: host memory is 3 elements; expected 4 elements for shape [2, 2].");
        Refuses<ShapeException>(() => x.ToArray<double>(), "copy_to: host memory is of Float64; expected elements of Float32.");
        Refuses<ShapeException>(() => x.CopyFrom(Zeros(4)), "copy_from: source is shape [4]; expected shape [2, 2].");
        Refuses<ShapeException>(() => x.Item(), "item: tensor is shape [2, 2]; expected one element.");
        Refuses(() => Tensor.From(new float[3], [2, 2], Device), "tensor: elements is 3; expected 4 for shape [2, 2].");
    }

    [Test]
    public void No_gradient_passes_silently()
    {
        var x = Zeros(2, 2);
        x.RequiresGrad = true;
        foreach (var (op, view) in new (string, Action)[]
        {
            ("narrow", () => x.Narrow(0, 0, 1)), ("permute", () => x.Permute(1, 0)), ("expand", () => x.Expand([2, 2])), ("narrow", () => x.Select(0, 0)),
        })
            Refuses<InvalidOperationException>(() => view(), $"{op}: no gradient passes through this view; call Detach() first, or use no-grad mode.");
        Assert.That(x.Detach().Permute(1, 0).RequiresGrad, Is.False);
        using var mode = Autograd.NoGrad();
        Assert.That(() => x.Permute(1, 0), Throws.Nothing);
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(2, 3);
        Refuses(() => x.Narrow(1, 2, 2), "narrow: axis 1 is 2..4; expected a range inside 0..3.");
        Refuses(() => x.Narrow(0, -1, 1), "narrow: axis 0 is -1..0; expected a range inside 0..2.");
        Refuses(() => x.Narrow(2, 0, 1), "narrow: axis is 2; expected 0 to 1 for shape [2, 3].");
        Refuses(() => x.Permute(0, 0), "permute: order is (0, 0); expected every axis of [2, 3] once.");
        Refuses(() => x.Permute(0), "permute: order is (0); expected every axis of [2, 3] once.");
        Refuses(() => x.Expand([4, 3]), "expand: shape is [4, 3]; expected the rank of [2, 3], with only axes of size 1 changed.");
        Refuses(() => x.Expand([2, 3, 1]), "expand: shape is [2, 3, 1]; expected the rank of [2, 3], with only axes of size 1 changed.");
        Refuses(() => Zeros(-1), "[-1] is not a shape: sizes are not negative and their product stays under 2^63.");
        Refuses(() => Zeros(long.MaxValue, 3), $"[{long.MaxValue}, 3] is not a shape: sizes are not negative and their product stays under 2^63.");
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x.Narrow(0, 0, 1));
        Assert.Throws<ObjectDisposedException>(() => x.ToArray<float>());
        Assert.Throws<ObjectDisposedException>(() => x.Reshape(6));
    }
}
