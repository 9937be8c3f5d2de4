using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>The vectorised max-pool against the plain loops: values and switches must be equal, not close.</summary>
[TestFixture]
public sealed class MaxPoolTests
{
    private static readonly Pool2dGeometry[] s_shapes =
    [
        new(3, 111, 111, 3, 2, 0, false), new(2, 55, 55, 3, 2, 0, false), new(5, 27, 27, 3, 2, 0, true),
        new(2, 13, 40, 3, 2, 1, false), new(2, 40, 13, 3, 2, 1, true), new(1, 20, 22, 2, 2, 0, false),
        new(1, 31, 33, 3, 1, 1, false), new(2, 17, 19, new(2, 3), new(1, 2), new(1, 1), true),
        new(1, 30, 30, 3, 3, 0, false), new(4, 7, 7, 3, 2, 0, false), new(1, 1, 1, 1, 1, 0, false),
        new(1, 16, 17, new(1, 5), new(3, 1), new(0, 2), false), new(1, 9, 30, 5, 2, 2, true),
    ];

    [Test]
    public void Equals_the_plain_loops(
        [ValueSource(nameof(s_shapes))] Pool2dGeometry g, [Values("random", "ties", "nan", "minus infinity")] string content)
    {
        var random = new Random(7);
        var x = Data.Random(random, g.Planes * g.H * g.W);
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = content switch
            {
                "ties" => random.Next(3),
                "nan" when random.Next(4) == 0 => float.NaN,
                "minus infinity" => float.NegativeInfinity,
                _ => x[i],
            };
        }
        using var cpu = new CpuBackend(2);
        using var reference = new ReferenceBackend();
        var count = g.Planes * g.OH * g.OW;
        BufferView bx = Data.Upload(cpu, x), y = Data.Empty(cpu, count), expected = Data.Empty(cpu, count);
        BufferView switches = Data.Empty(cpu, count, DType.Int32), expectedSwitches = Data.Empty(cpu, count, DType.Int32);
        cpu.MaxPool2dForward(g, bx, y, switches);
        reference.MaxPool2dForward(g, bx, expected, expectedSwitches);
        Assert.That(Data.DownloadInt32(cpu, switches), Is.EqualTo(Data.DownloadInt32(cpu, expectedSwitches)));
        Assert.That(Data.Download(cpu, y), Is.EqualTo(Data.Download(cpu, expected)));
    }
}
