using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Max and average pooling, and average unpooling, on the software GPU: bit for bit what the plain loops give.
/// </summary>
[TestFixture]
public sealed class Pool2dKernelTests : KernelTests
{
    internal static readonly Pool2dGeometry[] Sweep =
    [
        new(1, 1, 1, 1, 1, 0, false),
        new(5, 8, 8, 2, 2, 0, false),
        new(2, 13, 11, 3, 2, 0, false),
        new(3, 14, 12, 3, 2, 0, true),
        new(1, 35, 33, 3, 2, 0, true),
        new(3, 10, 31, 3, 2, 1, true),
        new(2, 9, 9, 3, 1, 1, false),
        new(2, 10, 9, 2, 3, 0, false),
        new(2, 10, 9, 2, 3, 1, true),
        new(6, 7, 8, new Pair(2, 3), new Pair(3, 1), new Pair(1, 0), false),
        new(1, 5, 5, 5, 1, 2, false),
        new(1, 4, 257, new Pair(4, 2), new Pair(4, 2), new Pair(2, 1), false),
        new(2, 2, 2, 2, 5, 1, true),
        new(1, 2, 3, 4, 3, 2, false),
        new(17, 2, 2, 3, 3, 0, true),
        new(0, 4, 4, 2, 2, 0, false),
        // Without a window.
        new(2, 1, 1, 3, 2, 0, false),
        new(2, 2, 5, 3, 1, 0, false),
    ];

    private static long Cells(in Pool2dGeometry g) => g.Planes * g.H * g.W;

    private static long Windows(in Pool2dGeometry g) => g.Planes * g.OH * g.OW;

    [Test]
    public void Max_pooling([ValueSource(nameof(Sweep))] Pool2dGeometry g, [ValueSource(nameof(Floats))] DType dtype)
    {
        // A few values only, so that windows hold equal maxima.
        double[] x = [.. Values.Random(1, Cells(g)).Select(value => Math.Round(value * 4) / 4)];
        var dy = Values.Random(2, Windows(g));
        var (y, switches, dx) = (Host(dtype, Windows(g)), Host(DType.Int32, Windows(g)), Host(dtype, Cells(g)));
        Plain.MaxPool2dForward(g, Host(dtype, x), y, switches);
        Plain.MaxPool2dBackward(g, Host(dtype, dy), switches, dx);
        ForEachGrid(grid =>
        {
            DevicePointer to = Device(dtype, Windows(g)), at = Device(DType.Int32, Windows(g));
            var back = Device(dtype, Cells(g));
            Kernels.MaxPool2dForward(g, dtype, Device(dtype, x), to, at, Stream);
            Kernels.MaxPool2dBackward(g, dtype, Device(dtype, dy), at, back, Stream);
            Same(Read(dtype, to, Windows(g)), Read(y), $"y, {grid}");
            Same(Read(DType.Int32, at, Windows(g)), Read(switches), $"switches, {grid}");
            Same(Read(dtype, back, Cells(g)), Read(dx), $"dx, {grid}");
        });
    }

    [Test]
    public void NaN_and_infinity_are_pooled_as_on_the_CPU([ValueSource(nameof(Floats))] DType dtype)
    {
        double[] special = [double.NaN, double.NegativeInfinity, double.PositiveInfinity, -0.0, 0, -1];
        foreach (var g in Sweep)
        {
            var random = new Random(3);
            double[] x = [.. Enumerable.Range(0, (int)Cells(g)).Select(_ => special[random.Next(special.Length)])];
            var (y, switches) = (Host(dtype, Windows(g)), Host(DType.Int32, Windows(g)));
            Plain.MaxPool2dForward(g, Host(dtype, x), y, switches);
            DevicePointer to = Device(dtype, Windows(g)), at = Device(DType.Int32, Windows(g));
            Kernels.MaxPool2dForward(g, dtype, Device(dtype, x), to, at, Stream);
            Same(Read(dtype, to, Windows(g)), Read(y), $"y, {g}");
            Same(Read(DType.Int32, at, Windows(g)), Read(switches), $"switches, {g}");
        }
    }

    [Test]
    public void Average_pooling(
        [ValueSource(nameof(Sweep))] Pool2dGeometry g, [Values] bool countIncludePad,
        [ValueSource(nameof(Floats))] DType dtype)
    {
        double[] x = Values.Random(4, Cells(g)), dy = Values.Random(5, Windows(g));
        var (y, dx) = (Host(dtype, Windows(g)), Host(dtype, Cells(g)));
        Plain.AvgPool2dForward(g, countIncludePad, Host(dtype, x), y);
        Plain.AvgPool2dBackward(g, countIncludePad, Host(dtype, dy), dx);
        ForEachGrid(grid =>
        {
            DevicePointer to = Device(dtype, Windows(g)), back = Device(dtype, Cells(g));
            Kernels.AvgPool2dForward(g, countIncludePad, dtype, Device(dtype, x), to, Stream);
            Kernels.AvgPool2dBackward(g, countIncludePad, dtype, Device(dtype, dy), back, Stream);
            Same(Read(dtype, to, Windows(g)), Read(y), $"y, {grid}");
            Same(Read(dtype, back, Cells(g)), Read(dx), $"dx, {grid}");
        });
    }

    [Test]
    public void Average_unpooling(
        [ValueSource(nameof(Sweep))] Pool2dGeometry g, [Values] UnpoolMode mode,
        [ValueSource(nameof(Floats))] DType dtype)
    {
        double[] x = Values.Random(6, Windows(g)), dy = Values.Random(7, Cells(g));
        if (x.Length > 0)
            x[0] = -0.0;
        var (y, dx) = (Host(dtype, Cells(g)), Host(dtype, Windows(g)));
        Plain.AvgUnpool2dForward(g, mode, Host(dtype, x), y);
        Plain.AvgUnpool2dBackward(g, mode, Host(dtype, dy), dx);
        ForEachGrid(grid =>
        {
            DevicePointer to = Device(dtype, Cells(g)), back = Device(dtype, Windows(g));
            Kernels.AvgUnpool2dForward(g, mode, dtype, Device(dtype, x), to, Stream);
            Kernels.AvgUnpool2dBackward(g, mode, dtype, Device(dtype, dy), back, Stream);
            Same(Read(dtype, to, Cells(g)), Read(y), $"y, {grid}");
            Same(Read(dtype, back, Windows(g)), Read(dx), $"dx, {grid}");
        });
    }

    [Test]
    public void A_plane_that_cannot_be_counted_is_refused()
    {
        var g = new Pool2dGeometry(1, 65536, 32768, 1, 1, 0, false);
        Assert.That(
            () => Kernels.MaxPool2dForward(g, DType.Float32, default, default, default, Stream),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(
                "max_pool2d: 65536 x 32768 is more than the 2147483647 elements that the GPU's kernels count."));
        // Windows that can be counted do not help.
        var few = new Pool2dGeometry(1, 65536, 32768, 2, 2, 0, false);
        Assert.That(
            () => Kernels.AvgPool2dForward(few, false, DType.Float32, default, default, Stream),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("avg_pool2d: 65536 x 32768 is more"));
        Assert.That(
            () => Kernels.AvgUnpool2dBackward(few, UnpoolMode.Overwrite, DType.Float32, default, default, Stream),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("avg_unpool2d: 65536 x 32768 is more"));
    }

    [Test]
    public void Grids_cover_planes_with_few_idle_threads()
    {
        Assert.That(CudaPlanes.Shape(1, 1, 1000), Is.EqualTo(Shape(1, 1, 32, 1)));
        Assert.That(CudaPlanes.Shape(12288, 3025, 4224), Is.EqualTo(Shape(12, 352, 256, 1)));
        Assert.That(CudaPlanes.Shape(49152, 36, 4224), Is.EqualTo(Shape(1, 4224, 64, 4)));
        Assert.That(CudaPlanes.Shape(3, 169, 4224), Is.EqualTo(Shape(3, 1, 64, 4)));
        Assert.That(CudaPlanes.Shape(1L << 40, 1L << 30, 1), Is.EqualTo(Shape(1, 1, 256, 1)));
        Assert.That(CudaPlanes.Shape(1L << 40, 32, int.MaxValue).Grid, Is.EqualTo(new Extent(1, 65535)));

        static LaunchShape Shape(int along, int across, int x, int y) =>
            new(new Extent(along, across), new Extent(x, y));
    }

    [Test]
    public void Grids_grow_along_x_then_y_then_z()
    {
        var usual = Kernels.MaxBlocks;
        Kernels.MaxBlocks = 100;
        Assert.That(Kernels.Grid(3, 4, 5), Is.EqualTo(new Extent(3, 4, 5)));
        Assert.That(Kernels.Grid(7, 20, 30), Is.EqualTo(new Extent(7, 14, 1)));
        Assert.That(Kernels.Grid(1, 1, 1L << 40), Is.EqualTo(new Extent(1, 1, 100)));
        Assert.That(Kernels.Grid(1L << 40, 2, 2), Is.EqualTo(new Extent(100)));
        Kernels.MaxBlocks = int.MaxValue;
        Assert.That(Kernels.Grid(2, 1L << 40, 1L << 40), Is.EqualTo(new Extent(2, 65535, 16384)));
        Kernels.MaxBlocks = usual;
    }
}
