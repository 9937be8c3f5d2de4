using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class RenormaliseFiltersTests(string backend) : OpTests(backend)
{
    private readonly string backend = backend;

    [Test]
    public void By_hand()
    {
        // Root mean squares 5, 1 and 2; a radius of 2 halves nothing but the first by 2/5.
        var w = Doubles([5, -5, 5, -5, 1, 1, 1, 1, 2, -2, 2, 2], 3, 1, 2, 2);
        var rms = w.RenormaliseFilters(2);
        Compare.Equal(rms, [5, 1, 2], [3], "before");
        Compare.Equal(w, [2, -2, 2, -2, 1, 1, 1, 1, 2, -2, 2, 2], [3, 1, 2, 2], "w");
    }

    [Test]
    public void Infinity_measures_and_changes_nothing()
    {
        var w = Floats([3, 4, 0, 0.5f], 2, 2);
        var rms = w.RenormaliseFilters(double.PositiveInfinity);
        Compare.Close(rms, [Math.Sqrt(12.5), Math.Sqrt(0.125)], [2], Near, "rms");
        Compare.Equal(w, [3, 4, 0, 0.5], [2, 2], "w");
    }

    [Test]
    public void A_filter_with_NaN_is_left_alone()
    {
        var w = Floats([float.NaN, 9, 3, 4], 2, 2);
        Assert.That(w.RenormaliseFilters(0.1).ToArray<double>()[0], Is.NaN);
        Assert.That(w.ToArray<float>()[..2], Is.EqualTo(new[] { float.NaN, 9 }));
    }

    [Test]
    public void Every_shape_matches_the_reference([Values(1, 7)] int filters, [Values(1, 27, 147, 1025)] int size)
    {
        var argument = Argument.Random("w", [filters, size], filters + size);
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var (w, expected) = (argument.Make(dtype, Device, false), argument.Make(dtype, Backends.Reference, false));
            var before = Compare.Doubles(expected.RenormaliseFilters(0.55));
            Compare.Close(w.RenormaliseFilters(0.55), before, [filters], Near, "rms");
            Compare.Close(w, expected, Tolerances.For("sum", dtype, "reference"), "w");
        }
        foreach (var device in Backends.MustEqual(backend))
        {
            var (one, two) = (argument.Make(DType.Float32, device, false), argument.Make(DType.Float32, Device, false));
            Compare.Equal(one.RenormaliseFilters(0.55), two.RenormaliseFilters(0.55), "rms");
            Compare.Equal(one, two, "w");
        }
    }

    [Test]
    public void A_weight_that_backward_needs_may_not_be_renormalised_before_it()
    {
        var w = Floats([3, 4], 1, 2);
        var x = Floats([1, 1], 1, 2);
        (w.RequiresGrad, x.RequiresGrad) = (true, true);
        var y = x.Linear(w).Sum();
        w.RenormaliseFilters(1);
        Assert.Throws<InvalidOperationException>(() => y.Backward());
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(
            () => Zeros(3, 0).RenormaliseFilters(1),
            "renormalise_filters: weight is shape [3, 0]; expected [filters, ...], not empty.");
        Refuses(() => Zeros(3, 2).RenormaliseFilters(0), "renormalise_filters: radius is 0; expected above 0.");
        Refuses(
            () => Zeros(3, 2).RenormaliseFilters(double.NaN), "renormalise_filters: radius is NaN; expected above 0.");
        Refuses(
            () => Zeros(3, 2).Permute(1, 0).RenormaliseFilters(1),
            "renormalise_filters: weight is a view of one; expected a contiguous tensor.");
    }

    private static Tolerance Near => Tolerances.For("sum", DType.Float64, "reference");
}
