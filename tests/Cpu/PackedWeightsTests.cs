using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

[TestFixture]
public sealed class PackedWeightsTests
{
    private static readonly Conv2dGeometry s_geometry = new(1, 3, 9, 8, 10, 3, 1, 1, 1, 1);

    [Test]
    public void Kept_packings_give_the_same_bits_and_follow_every_change()
    {
        using var cpu = new CpuBackend(2);
        using var fresh = new CpuBackend(2);
        var random = new Random(1);
        var x = Data.Upload(cpu, Data.Random(random, 3 * 9 * 8));
        var w = Data.Upload(cpu, Data.Random(random, 10 * 27));
        var y = Data.Empty(cpu, 10 * 9 * 8);
        for (var change = 0; change < 3; change++)
        {
            var values = Data.Random(random, 10 * 27);
            cpu.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values), w);
            fresh.Conv2dForward(s_geometry, x, Data.Upload(fresh, values), null, y);
            var expected = Data.Download(cpu, y);
            for (var repeat = 0; repeat < 4; repeat++)
            {
                cpu.Fill(double.NaN, y);
                cpu.Conv2dForward(s_geometry, x, w, null, y);
                Assert.That(Data.Download(cpu, y), Is.EqualTo(expected), $"change {change}, repeat {repeat}");
            }
        }
    }

    [Test]
    public void An_inputs_gradient_has_a_packing_of_its_own()
    {
        var g = new Conv2dGeometry(1, 128, 9, 8, 128, 3, 1, 1, 1, 1);
        using var cpu = new CpuBackend(2);
        var random = new Random(3);
        BufferView w = Data.Empty(cpu, 128 * 128 * 9), x = Data.Upload(cpu, Data.Random(random, 128 * 72)), result = Data.Empty(cpu, 128 * 72);
        for (var change = 0; change < 2; change++)
        {
            var values = Data.Random(random, 128 * 128 * 9);
            cpu.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values), w);
            float[]? forward = null, backward = null;
            for (var repeat = 0; repeat < 3; repeat++)
            {
                // Not packed yet when the buffer is new: what every repeat must give.
                var fresh = repeat == 0 ? Data.Upload(cpu, values) : w;
                cpu.Conv2dForward(g, x, fresh, null, result);
                forward ??= Data.Download(cpu, result);
                Assert.That(Data.Download(cpu, result), Is.EqualTo(forward), $"change {change}, repeat {repeat}");
                cpu.Conv2dBackwardInput(g, x, fresh, result);
                backward ??= Data.Download(cpu, result);
                Assert.That(Data.Download(cpu, result), Is.EqualTo(backward), $"change {change}, repeat {repeat}");
            }
            Assert.That(forward, Is.Not.EqualTo(backward));
        }
    }

    /// <summary>As in training with several batches a step, where every change follows two passes.</summary>
    [Test]
    public void A_change_gives_the_kept_packings_back()
    {
        var g = new Conv2dGeometry(1, 128, 9, 8, 128, 3, 1, 1, 1, 1);
        using var cpu = new CpuBackend(2);
        BufferView w = Data.Upload(cpu, new float[128 * 128 * 9]), x = Data.Upload(cpu, new float[128 * 72]), result = Data.Empty(cpu, 128 * 72);
        long most = 0, before = CpuBackend.Memory.InUse;
        for (var change = 0; change < 20; change++)
        {
            for (var repeat = 0; repeat < 2; repeat++)
            {
                cpu.Conv2dForward(g, x, w, null, result);
                cpu.Conv2dBackwardInput(g, x, w, result);
            }
            most = Math.Max(most, CpuBackend.Memory.InUse - before);
            w.Buffer.Touch();
        }
        // Of 4 x 4 cells, transformed one way, and in whole blocks of the pool.
        Assert.That(most, Is.InRange(2 * 128 * 128 * 12 * sizeof(float), 3 * 128 * 128 * 12 * sizeof(float)));
    }

    [Test]
    public void Views_of_one_buffer_do_not_share_a_packing()
    {
        using var cpu = new CpuBackend(2);
        var random = new Random(2);
        var x = Data.Upload(cpu, Data.Random(random, 3 * 9 * 8));
        var values = Data.Random(random, 2 * 10 * 27);
        var both = Data.Upload(cpu, values);
        var y = Data.Empty(cpu, 10 * 9 * 8);
        for (var repeat = 0; repeat < 4; repeat++)
        {
            for (var half = 0; half < 2; half++)
            {
                var own = Data.Upload(cpu, values.AsSpan(half * 270, 270));
                cpu.Conv2dForward(s_geometry, x, own, null, y);
                var expected = Data.Download(cpu, y);
                cpu.Conv2dForward(s_geometry, x, new BufferView(both.Buffer, DType.Float32, half * 270, 270), null, y);
                Assert.That(Data.Download(cpu, y), Is.EqualTo(expected));
            }
        }
    }
}
