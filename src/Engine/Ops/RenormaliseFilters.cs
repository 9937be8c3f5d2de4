using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>
    /// Scales each filter of a weight whose root mean square exceeds a radius back to it, in place (Zeiler and Fergus,
    /// section 3.1). A filter with NaN is left alone.
    /// </summary>
    /// <param name="weight">[filters, ...], contiguous.</param>
    /// <param name="radius">Positive; infinity changes nothing, and measures.</param>
    /// <returns>The root mean squares before, Float64 [filters]; no gradient passes.</returns>
    /// <exception cref="ShapeException">No axis, an empty filter, or views that are not contiguous.</exception>
    public static Tensor RenormaliseFilters(this Tensor weight, double radius)
    {
        const string op = "renormalise_filters";
        Check.Float(op, "weight", weight);
        Check.That(
            weight.Shape.Rank > 0 && weight.Count > 0, op, "weight", "[filters, ...], not empty", $"shape {weight.Shape}");
        Check.That(weight.IsContiguous, op, "weight", "a contiguous tensor", "a view of one");
        Check.That(radius > 0, op, "radius", "above 0", $"{radius}");
        var filters = weight.Shape[0];
        var rms = Tensor.Empty([filters], DType.Float64, weight.Device);
        weight.Backend.RenormaliseFilters(filters, weight.Count / filters, radius, weight.View, rms.View);
        weight.Touch();
        return rms;
    }
}
