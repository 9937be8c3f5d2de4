using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>Filter renormalisation on the software GPU against the rule written down plainly.</summary>
[TestFixture]
public sealed class RenormaliseKernelTests : KernelTests
{
    [Test]
    public void Filters_above_the_radius_are_scaled_back_and_no_others(
        [Values(1, 2, 7)] int filters, [Values(1, 27, 36, 147, 1025, 4100)] int size, [ValueSource(nameof(Floats))] DType dtype)
    {
        const double Radius = 0.1;
        var w = Values.Random(1, filters * size, -0.4, 0.4);
        for (var f = 0; f < filters; f += 2)
            for (var i = 0; i < size; i++)
                w[f * size + i] = (float)(w[f * size + i] * 0.2);
        double[] before = [.. w.Chunk(size).Select(filter => Math.Sqrt(filter.Sum(value => value * value) / size))];
        (double[] W, double[] Rms)? first = null;
        ForEachGrid(grid =>
        {
            DevicePointer weights = Device(dtype, w), rms = Device(DType.Float64, filters);
            Kernels.RenormaliseFilters(filters, size, Radius, dtype, weights, rms, Stream);
            var result = (W: Read(dtype, weights, w.Length), Rms: Read(DType.Float64, rms, filters));
            Close(result.Rms, before, "sum", DType.Float64, $"rms, {grid}");
            double[] scaled =
            [
                .. w.Select((value, i) => before[i / size] > Radius ? value * (Radius / result.Rms[i / size]) : value),
            ];
            Same(result.W, Read(Host(dtype, scaled)), $"w, {grid}");
            Same(result.W, (first ??= result).W, $"w against the first grid's, {grid}");
        });
        Kernels.RenormaliseFilters(0, size, Radius, dtype, default, default, Stream);
    }

    [Test]
    public void A_filter_with_NaN_is_left_alone()
    {
        double[] w = [1, double.NaN, 3, 0.3, 0.4, 0];
        var weights = Device(DType.Float32, w);
        var rms = Device(DType.Float64, 2);
        Kernels.RenormaliseFilters(2, 3, 0.1, DType.Float32, weights, rms, Stream);
        Same(Read(DType.Float32, weights, 6)[..3], w[..3], "the filter with NaN");
        Assert.That(Read(DType.Float64, rms, 2)[0], Is.NaN);
        var factor = 0.1 / Math.Sqrt(0.25 / 3);
        double[] scaled = [0.3 * factor, 0.4 * factor, 0];
        Close(Read(DType.Float32, weights, 6)[3..], scaled, "elementwise", DType.Float32, "the other filter");
    }
}
