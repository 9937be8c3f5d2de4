using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>Bilinear resizing on the software GPU: bit for bit what the plain loops give, both ways.</summary>
[TestFixture]
public sealed class UpsampleBilinear2dKernelTests : KernelTests
{
    private static readonly UpsampleBilinear2dGeometry[] Sweep =
    [
        new(1, 1, 1, 1, 1, false), new(1, 1, 1, 5, 5, false), new(6, 4, 5, 4, 5, false), new(2, 3, 4, 6, 8, false),
        new(2, 7, 5, 13, 31, false), new(2, 9, 8, 4, 3, false), new(1, 33, 31, 1, 1, false), new(3, 1, 6, 4, 17, false),
        new(9, 5, 1, 2, 3, false), new(0, 2, 2, 4, 4, false),
        new(1, 3, 300, 2, 310, false), new(1, 2, 700, 1, 7, false),
    ];

    [Test]
    public void Both_ways(
        [ValueSource(nameof(Sweep))] UpsampleBilinear2dGeometry geometry, [Values] bool alignCorners,
        [ValueSource(nameof(Floats))] DType dtype)
    {
        var g = geometry with { AlignCorners = alignCorners };
        long small = g.Planes * g.H * g.W, large = g.Planes * g.OH * g.OW;
        double[] x = Values.Random(1, small), dy = Values.Random(2, large);
        var (y, dx) = (Host(dtype, large), Host(dtype, small));
        Plain.UpsampleBilinear2dForward(g, Host(dtype, x), y);
        Plain.UpsampleBilinear2dBackward(g, Host(dtype, dy), dx);
        ForEachGrid(grid =>
        {
            DevicePointer to = Device(dtype, large), back = Device(dtype, small);
            var scratch = Device(new byte[CudaUpsampleBilinear2d.UpsampleBilinear2dScratchBytes(g)]);
            Kernels.UpsampleBilinear2dForward(g, dtype, Device(dtype, x), to, Stream);
            Kernels.UpsampleBilinear2dBackward(g, dtype, Device(dtype, dy), back, scratch, Stream);
            Same(Read(dtype, to, large), Read(y), $"y, {grid}");
            Same(Read(dtype, back, small), Read(dx), $"dx, {grid}");
        });
    }
}
