using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Graphs;

/// <summary>What a graph keeps while it is there, and gives back when it is not.</summary>
[TestFixture]
public sealed class DeviceGraphMemoryTests
{
    [Test]
    public void A_graph_keeps_its_memory_until_it_is_disposed()
    {
        // The software GPU reports use after free, and at its end whatever was not given back.
        using var gpu = new SoftwareGpu();
        using var device = new Device(new CudaBackend(gpu));
        var free = gpu.FreeMemory;
        var x = Tensor.Full([443], 2, device: device);
        var graph = new DeviceGraph(device, t => [t[0].Multiply(t[0]).Scale(3).Sum()]);
        for (var run = 0; run < 4; run++)
        {
            Assert.That(graph.Run(x)[0].Item(), Is.EqualTo(443 * 12));
            if (run == 0)
                Assert.That(device.Memory.Kept, Is.Zero, "The first run only calls the function.");
            // What others take meanwhile is not the graph's.
            Tensor.Full([443], -1, device: device).Dispose();
        }
        Assert.That(device.Memory.Kept, Is.GreaterThanOrEqualTo(2 * 443 * sizeof(float)));
        graph.Dispose();
        x.Dispose();
        Assert.That(device.Memory, Is.EqualTo(new MemoryStatistics(0, device.Memory.PeakInUse, 0)));
        Assert.That(gpu.FreeMemory, Is.EqualTo(free));
        Assert.That(device.Memory.PeakInUse, Is.Positive);
    }

    [Test]
    public void A_gradient_that_a_recorded_step_left_behind_may_outlive_its_graph()
    {
        using var gpu = new SoftwareGpu();
        using var device = new Device(new CudaBackend(gpu));
        using var w = Tensor.Full([5], 3, device: device);
        w.RequiresGrad = true;
        using (var graph = new DeviceGraph(device, _ =>
        {
            w.ZeroGrad();
            var loss = w.Multiply(w).Sum();
            loss.Backward();
            return [loss];
        }))
        {
            for (var run = 0; run < 3; run++)
                graph.Run();
            var kept = w.Grad;
            Assert.That(kept!.ToArray<float>(), Is.All.EqualTo(6));
            // Given back by hand, the recorded work has nowhere to put it.
            w.ZeroGrad();
            Assert.That(() => graph.Run(), Throws.TypeOf<ObjectDisposedException>());
        }
        using var again = new DeviceGraph(device, _ =>
        {
            w.ZeroGrad();
            w.Scale(2).Sum().Backward();
            return [];
        });
        for (var run = 0; run < 2; run++)
            again.Run();
        again.Dispose();
        Assert.That(w.Grad!.ToArray<float>(), Is.All.EqualTo(2));
    }

    [Test]
    public void The_cpu_counts_its_memory_too()
    {
        using var tensor = Tensor.Empty([1025], DType.Float64);
        Assert.That(Device.Cpu.Memory.InUse, Is.GreaterThanOrEqualTo(1025 * sizeof(double)));
    }
}
