using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>Max-unpooling on the software GPU: bit for bit what the plain loops give, whatever the switches.</summary>
[TestFixture]
public sealed class MaxUnpool2dKernelTests : KernelTests
{
    /// <summary>Sizes, and the pixels of a plane that switches choose among: few means many choose one.</summary>
    public sealed record Case(long Planes, int H, int W, int OH, int OW, int Choices)
    {
        internal double[] Switches() =>
        [
            .. Enumerable.Range(0, (int)(Planes * H * W))
                .Select(i => new Random(1009 * i + 7).Next(Choices) * (long)(OH * OW) / Choices),
        ];
    }

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1, 1),
        new(3, 4, 5, 9, 11, 99),
        new(40, 3, 3, 7, 7, 20),
        new(2, 9, 7, 3, 3, 2),
        new(5, 1, 33, 1, 257, 257),
        new(2, 13, 31, 82, 77, 6314),   // two parts of a plane, and one with sums
        new(1, 95, 90, 3, 91, 273),     // more inputs than a thread's bits
        new(2, 0, 4, 3, 3, 1),
        new(0, 2, 2, 4, 4, 16),
    ];

    [Test]
    public void Both_modes_both_ways(
        [ValueSource(nameof(Sweep))] Case c, [Values] UnpoolMode mode, [ValueSource(nameof(Floats))] DType dtype)
    {
        var g = new MaxUnpool2dGeometry(c.Planes, c.H, c.W, c.OH, c.OW, mode);
        long pooled = g.Planes * g.H * g.W, plane = g.Planes * g.OH * g.OW;
        double[] x = Values.Random(1, pooled), dy = Values.Random(2, plane), switches = c.Switches();
        if (pooled > 0)
            x[^1] = -0.0;
        var (y, dx) = (Host(dtype, plane), Host(dtype, pooled));
        Plain.MaxUnpool2dForward(g, Host(dtype, x), Host(DType.Int32, switches), y);
        Plain.MaxUnpool2dBackward(g, Host(dtype, dy), Host(DType.Int32, switches), dx);
        ForEachGrid(grid =>
        {
            DevicePointer to = Device(dtype, plane), back = Device(dtype, pooled), at = Device(DType.Int32, switches);
            var fault = Device(DType.Float64, 1);
            Kernels.ClearMaxUnpool2dFault(fault, Stream);
            Kernels.MaxUnpool2dForward(g, dtype, Device(dtype, x), at, to, fault, Stream);
            Kernels.MaxUnpool2dBackward(g, dtype, Device(dtype, dy), at, back, fault, Stream);
            Kernels.ThrowMaxUnpool2dFault(g, fault, at, Stream);
            Same(Read(dtype, to, plane), Read(y), $"y, {grid}");
            Same(Read(dtype, back, pooled), Read(dx), $"dx, {grid}");
        });
    }

    [Test]
    public void A_switch_outside_its_plane_is_named_as_on_the_CPU_and_left_out(
        [Values] UnpoolMode mode, [Values] bool forward, [ValueSource(nameof(Floats))] DType dtype)
    {
        var g = new MaxUnpool2dGeometry(3, 2, 2, 3, 3, mode);
        double[] x = Values.Random(1, 12), dy = Values.Random(2, 27);
        double[] switches = [0, 1, 2, 3, 8, 9, 0, -1, 4, 4, 2, int.MaxValue];
        var expected = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Plain.MaxUnpool2dForward(g, Host(dtype, x), Host(DType.Int32, switches), Host(dtype, 27)));
        ForEachGrid(grid =>
        {
            DevicePointer fault = Device(DType.Float64, 1), at = Device(DType.Int32, switches);
            var to = Device(dtype, forward ? 27 : 12);
            foreach (var reported in new[] { fault, default })
            {
                Kernels.ClearMaxUnpool2dFault(fault, Stream);
                if (forward)
                    Kernels.MaxUnpool2dForward(g, dtype, Device(dtype, x), at, to, reported, Stream);
                else
                    Kernels.MaxUnpool2dBackward(g, dtype, Device(dtype, dy), at, to, reported, Stream);
                if (reported != default)
                    Assert.That(
                        () => Kernels.ThrowMaxUnpool2dFault(g, fault, at, Stream),
                        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.EqualTo(expected!.Message), grid);
                else
                    Kernels.ThrowMaxUnpool2dFault(g, fault, at, Stream);
            }
            var result = Read(dtype, to, forward ? 27 : 12);
            Assert.That(forward ? result[9 + 8] : result[4], Is.EqualTo(forward ? x[4] : dy[9 + 8]), grid);
            Assert.That(
                forward ? result.Count(value => value != 0) : result[5] + result[7] + result[11],
                Is.EqualTo(forward ? 8 : 0), grid);
        });
    }
}
