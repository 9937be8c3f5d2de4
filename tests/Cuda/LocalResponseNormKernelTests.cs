using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Local response normalisation on the software GPU: within the table of what the plain loops give, every grid alike.
/// </summary>
[TestFixture]
public sealed class LocalResponseNormKernelTests : KernelTests
{
    private static readonly LocalResponseNormGeometry[] Sweep =
    [
        new(1, 1, 1, 1, 1, 0.1, 0.75, 1, true),
        new(2, 7, 3, 5, 5, 5e-4, 0.75, 2, true),
        new(1, 9, 5, 31, 5, 0.3, 0.75, 2, true),
        new(2, 3, 4, 4, 5, 0.3, 0.75, 1, true),
        new(1, 6, 3, 33, 4, 0.2, 0.5, 1, true),
        new(9, 4, 2, 3, int.MaxValue, 0.2, 1, 1, true),
        new(1, 33, 2, 17, 3, 1, 0.6, 2, true),
        new(2, 11, 3, 5, 5, 0.3, 0.6, 2, true),
        // Walks: a run that is not whole steps, several runs, planes longer than a block.
        new(1, 37, 2, 17, 5, 1, 0.75, 1, true),
        new(3, 64, 1, 3, 5, 0.5, 0.75, 2, true),
        new(1, 18, 7, 43, 5, 0.2, 0.75, 0.5, true),
        new(1, 6, 3, 3, 5, 0.3, 0.75, -0.01, true),
        new(1, 2, 5, 7, 3, 0.3, 0.75, 1, false),
        new(2, 3, 6, 33, 5, 0.4, 0.75, 2, false),
        new(1, 2, 4, 5, 2, 0.4, 0.5, 1, false),
        new(1, 1, 2, 3, 9, 0.4, 1.2, 1, false),
        new(0, 3, 2, 2, 5, 0.4, 0.75, 1, true),
    ];

    // Powers of 0, of 1, of negative numbers (whole and not), of infinity; and infinite ones.
    private static readonly (double Beta, double K)[] Powers =
    [
        (0, 1), (0.75, 0), (0.75, 2), (0.75, -30), (1, -1), (2, -30), (3, -30), (-1, 0), (-3, -30), (1e3, 1),
        (double.PositiveInfinity, -1), (double.PositiveInfinity, 0.5), (double.NegativeInfinity, 0.5),
        (double.NaN, 1), (double.NaN, 0.5), (-1e3, 30), (0.75, double.NegativeInfinity),
        (1, double.NegativeInfinity), (-1, double.NegativeInfinity), (-2, double.NegativeInfinity),
        (double.PositiveInfinity, double.NegativeInfinity), (0.5, double.PositiveInfinity),
    ];

    [Test]
    public void Both_ways(
        [ValueSource(nameof(Sweep))] LocalResponseNormGeometry g, [ValueSource(nameof(Floats))] DType dtype)
    {
        var count = (long)g.N * g.C * g.H * g.W;
        double[] x = Values.Random(1, count, -3, 3), dy = Values.Random(2, count);
        var (y, dx) = (Host(DType.Float64, count), Host(DType.Float64, count));
        Plain.LocalResponseNormForward(g, Host(DType.Float64, x), y);
        Plain.LocalResponseNormBackward(g, Host(DType.Float64, x), Host(DType.Float64, dy), dx);
        (double[] Y, double[] Dx)? first = null;
        ForEachGrid(grid =>
        {
            DevicePointer from = Device(dtype, x), to = Device(dtype, count);
            DevicePointer back = Device(dtype, count), scratch = Device(dtype, count);
            Kernels.LocalResponseNormForward(g, dtype, from, to, Stream);
            Kernels.LocalResponseNormBackward(g, dtype, from, Device(dtype, dy), back, scratch, Stream);
            var result = (Y: Read(dtype, to, count), Dx: Read(dtype, back, count));
            Close(result.Y, Read(y), "lrn", dtype, $"y, {grid}");
            Close(result.Dx, Read(dx), "lrn", dtype, $"dx, {grid}");
            Same(result.Y, (first ??= result).Y, $"y against the first grid's, {grid}");
            Same(result.Dx, first.Value.Dx, $"dx against the first grid's, {grid}");
        });
    }

    [Test]
    public void Special_values_go_where_they_go_on_the_CPU(
        [ValueSource(nameof(Powers))] (double Beta, double K) power, [Values] bool across, [Values(3, 5)] int size,
        [ValueSource(nameof(Floats))] DType dtype)
    {
        var g = across
            ? new LocalResponseNormGeometry(1, 9, 1, 3, size, 1, power.Beta, power.K, true)
            : new LocalResponseNormGeometry(1, 1, 9, 3, size, 1, power.Beta, power.K, false);
        double[] x = [.. Values.Random(3, 27, -3, 3)], dy = Values.Random(4, 27);
        (x[0], x[4], x[8], x[15], x[16], x[18], x[22]) =
            (0, 0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-42, 3e38);
        // A window of zeros along the channels, and one in the plane.
        (x[1], x[3], x[6], x[9]) = (0, 0, 0, 0);
        var (y, dx) = (Host(dtype, 27), Host(dtype, 27));
        Plain.LocalResponseNormForward(g, Host(dtype, x), y);
        Plain.LocalResponseNormBackward(g, Host(dtype, x), Host(dtype, dy), dx);
        DevicePointer from = Device(dtype, x), to = Device(dtype, 27);
        DevicePointer back = Device(dtype, 27), scratch = Device(dtype, 27);
        Kernels.LocalResponseNormForward(g, dtype, from, to, Stream);
        Kernels.LocalResponseNormBackward(g, dtype, from, Device(dtype, dy), back, scratch, Stream);
        KernelRun.Alike("lrn", dtype, Read(dtype, to, 27), Read(y), "y");
        KernelRun.Alike("lrn", dtype, Read(dtype, back, 27), Read(dx), "dx");
    }
}
