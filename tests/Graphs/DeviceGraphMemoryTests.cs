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
    public void Recorded_steps_on_the_cpu_make_no_objects([Values] bool training)
    {
        using var device = Device.CreateCpu(2);
        using var scope = new TensorScope();
        var generator = new Generator(5);
        using var network = new Sequential(
            new("conv", new Conv2d(3, 8, 3, padding: 1, device: device)), new("relu", new ReLU()), new("pool", new MaxPool2d(2)),
            new("norm", new LocalResponseNorm(5)), new("flatten", new Flatten()), new("drop", new Dropout(0.5, generator)),
            new("fc", new Linear(8 * 16, 4, device: device)))
        {
            Training = training,
        };
        using var optimiser = new Sgd(network.Parameters, 0.1, 0.9, 1e-3);
        Tensor x = Tensor.Uniform([2, 3, 8, 8], generator, device: device), labels = Tensor.From([1, 3], [2], device);
        using var graph = new DeviceGraph(device, t => training ? [Step(t[0], t[1])] : [network.Forward(t[0])]);
        Tensor[] inputs = training ? [x, labels] : [x];
        using (training ? null : Autograd.NoGrad())
        {
            for (var run = 0; run < 3; run++)
                graph.Run(inputs);
            Assert.That(graph.IsRecorded);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var run = 0; run < 10; run++)
                graph.Run(inputs);
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        }

        Tensor Step(Tensor pictures, Tensor classes)
        {
            var loss = network.Forward(pictures).CrossEntropy(classes);
            optimiser.ZeroGrad();
            loss.Backward();
            optimiser.Step();
            return loss;
        }
    }

    [Test]
    public void A_graph_on_the_cpu_keeps_its_memory_until_it_is_disposed()
    {
        using var x = Tensor.Full([44300], 2);
        var before = Device.Cpu.Memory.InUse;
        var fails = false;
        using (var graph = new DeviceGraph(Device.Cpu, t => fails ? throw new TimeoutException() : [t[0].Multiply(t[0]).Scale(3).Sum()]))
        {
            graph.Run(x);
            var called = Device.Cpu.Memory.InUse;
            fails = true;
            Assert.That(() => graph.Run(x), Throws.TypeOf<TimeoutException>());
            Assert.That(Device.Cpu.Memory.InUse - called, Is.LessThan(44300), "a recording that failed");
            fails = false;
            for (var run = 0; run < 4; run++)
            {
                Assert.That(graph.Run(x)[0].Item(), Is.EqualTo(44300 * 12));
                // What others take meanwhile is not the graph's.
                using var other = Tensor.Full([44300], -1);
                graph.Run(x);
                Assert.That(other.ToArray<float>(), Is.All.EqualTo(-1));
            }
            Assert.That(Device.Cpu.Memory.InUse - called, Is.GreaterThanOrEqualTo(2 * 44300 * sizeof(float)));
        }
        Assert.That(Device.Cpu.Memory.InUse, Is.EqualTo(before));
    }

    [Test]
    public void A_gradient_that_a_recorded_step_left_behind_on_the_cpu_may_outlive_its_graph()
    {
        var before = Device.Cpu.Memory.InUse;
        using (var w = Tensor.Full([500], 3))
        {
            w.RequiresGrad = true;
            using (var graph = new DeviceGraph(Device.Cpu, _ =>
            {
                w.ZeroGrad();
                w.Multiply(w).Sum().Backward();
                return [];
            }))
            {
                for (var run = 0; run < 3; run++)
                    graph.Run();
            }
            Assert.That(w.Grad!.ToArray<float>(), Is.All.EqualTo(6));
        }
        Assert.That(Device.Cpu.Memory.InUse, Is.EqualTo(before));
    }

    /// <summary>A gradient that came between the first run and the recording, added to and zeroed in it; kept as factors or written down.</summary>
    [Test]
    public void What_was_there_before_may_not_be_used_up_by_recorded_work([Values] bool written)
    {
        using var scope = new TensorScope();
        var w = Tensor.Full([70, 80], 3);
        w.RequiresGrad = true;
        using var sgd = new Sgd([new("w", w)], 0.1);
        using var graph = new DeviceGraph(Device.Cpu, t =>
        {
            t[0].Linear(w).Sum().Backward();
            sgd.Step();
            sgd.ZeroGrad();
            return [];
        });
        var x = Tensor.Full([2, 80], 1);
        graph.Run(x);
        x.Linear(w).Sum().Backward();
        if (written)
            Assert.That(w.Grad, Is.Not.Null);
        Assert.That(
            () => graph.Run(x),
            Throws.InvalidOperationException.With.Message.Contains("that was there before work was recorded is used and then disposed in it"));
        Assert.That(w.Grad, Is.Null);
        for (var run = 0; run < 3; run++)
            graph.Run(x);
        // One step called, three recorded.
        Assert.That(w.ToArray<float>(), Is.All.EqualTo(3 - 4 * 0.2f).Within(1e-5));
    }

    [Test]
    public void Memory_that_recorded_work_gave_back_serves_it_again_and_then_everybody()
    {
        var before = CpuBackend.Memory.InUse;
        var memory = new RecordedMemory();
        CpuBuffer first = memory.Allocate(3000), second = memory.Allocate(3000);
        var place = Place(first);
        Assert.That(Place(second), Is.Not.EqualTo(place));
        first.Dispose();
        using (var again = memory.Allocate(2990))
            Assert.That(Place(again), Is.EqualTo(place), "of one size class");
        Assert.That(CpuBackend.Memory.InUse - before, Is.GreaterThanOrEqualTo(2 * 3000));
        memory.Dispose();
        // What is still held comes back later.
        Assert.That(CpuBackend.Memory.InUse, Is.GreaterThan(before));
        second.Dispose();
        Assert.That(CpuBackend.Memory.InUse, Is.EqualTo(before));

        static unsafe nint Place(CpuBuffer buffer) => (nint)buffer.Pointer;
    }

    [Test]
    public void Other_threads_work_on_while_one_records()
    {
        using var device = Device.CreateCpu(2);
        using var x = Tensor.Full([31], 2, device: device);
        using var graph = new DeviceGraph(device, t =>
        {
            var theirs = Task.Run(() =>
            {
                using var y = Tensor.Full([31], 5, device: device).Multiply(x);
                return y.ToArray<float>();
            }).Result;
            Assert.That(theirs, Is.All.EqualTo(10));
            return [t[0].Scale(3)];
        });
        for (var run = 0; run < 3; run++)
            Assert.That(graph.Run(x)[0].ToArray<float>(), Is.All.EqualTo(6));
        Assert.That(graph.IsRecorded);
    }

    [Test]
    public void A_linear_layer_with_weights_in_bfloat16_is_recorded_too()
    {
        using var device = Device.CreateCpu(2);
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var generator = new Generator(6);
        using var layer = new Linear(Tensor.Uniform([7, 33], generator, device: device).Unscoped(), null);
        layer.StoreWeightAs(DType.BFloat16);
        using var graph = new DeviceGraph(device, t => [layer.Forward(t[0])]);
        for (var run = 0; run < 4; run++)
        {
            var x = Tensor.Uniform([3, 33], generator, device: device);
            Compare.Equal(graph.Run(x)[0], layer.Forward(x), $"run {run}");
        }
    }

    [Test]
    public void The_cpu_counts_its_memory_too()
    {
        using var tensor = Tensor.Empty([1025], DType.Float64);
        Assert.That(Device.Cpu.Memory.InUse, Is.GreaterThanOrEqualTo(1025 * sizeof(double)));
    }
}
