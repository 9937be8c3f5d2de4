using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>A training step as the driver sees it: what it waits for, what a launch allocates, what a graph saves.</summary>
[TestFixture]
public sealed class TrainingStepTests
{
    private static readonly string[] Drains = ["CtxSynchronize", "StreamSynchronize"];

    [Test]
    public void A_step_waits_for_nothing_but_the_loss_that_is_read()
    {
        using var run = new Run();
        run.Step();
        var before = run.Waited;
        var loss = run.Step();
        Assert.That(run.Waited, Is.EqualTo(before), "forward, backward and the optimiser");
        _ = loss.Item();
        Assert.That(run.Waited, Is.EqualTo(before + 1), "the loss");
    }

    [Test]
    public void A_recorded_step_is_one_launch()
    {
        using var run = new Run();
        // The first step makes the velocities.
        run.Step();
        using var graph = new DeviceGraph(run.Device, t => [run.Loss(t)]);
        var before = run.Gpu.Driver.Launches.Count;
        graph.Run(run.Inputs);
        var called = run.Gpu.Driver.Launches.Count;
        Assert.That(called - before, Is.GreaterThan(20));
        graph.Run(run.Inputs);
        var recorded = run.Gpu.Driver.Launches.Count;
        Assert.That(recorded - called, Is.EqualTo(called - before), "the same launches, written down");
        // Page-locked slots are waited for one by one, when their turn comes again.
        var drained = run.Drained;
        for (var i = 0; i < 3; i++)
            graph.Run(run.Inputs);
        Assert.That(run.Gpu.Driver.Launches, Has.Count.EqualTo(recorded));
        Assert.That(run.Gpu.Driver.CallsOf("GraphLaunch"), Is.EqualTo(4));
        Assert.That(run.Drained, Is.EqualTo(drained), "Runs do not wait for each other.");
        Assert.That(run.Gpu.Driver.Violations, Is.Empty);
    }

    [Test]
    public void The_launches_of_a_step_allocate_nothing()
    {
        using var run = new Run();
        using var kernels = new CudaKernels(run.Gpu.Runtime, CudaKernels.Ptx());
        var stream = run.Gpu.Stream;
        var memory = run.Gpu.Runtime.Allocate(1 << 20);
        run.Gpu.Driver.OnlyCounts = true;
        Launch();
        var launches = run.Gpu.Driver.Counted;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Launch();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(launches, Is.GreaterThan(20));
        Assert.That(run.Gpu.Driver.Counted, Is.EqualTo(101 * launches));
        run.Gpu.Driver.OnlyCounts = false;
        run.Gpu.Runtime.Free(memory);

        void Launch()
        {
            const DType Type = DType.Float32;
            var conv = new ConvolutionShape(new Conv2dGeometry(2, 3, 9, 7, 4, new Pair(3, 3), 1, 1, 1, 1));
            kernels.Im2Col(Type, conv, 2, sideBySide: false, memory, memory, stream);
            kernels.Col2Im(Type, conv, 2, memory, memory, stream);
            kernels.TiledGemm(
                new GemmShape { DType = Type, M = 4, N = 63, K = 27, LdA = 27, LdB = 63, LdC = 63, Batch = 2 }, memory,
                memory, memory, stream);
            kernels.Bias(Type, memory, memory, 2, 4, 63, relu: false, stream);
            kernels.ChannelSum(Type, 2, 4, 63, memory, memory, memory, stream);
            kernels.CopyStrided(Type, [4, 2, 63], memory, [63, 252, 1], memory, [126, 63, 1], stream);
            kernels.ReLUForward(Type, memory, memory, 443, stream);
            kernels.ReLUBackward(ReLURule.Gradient, Type, memory, memory, memory, 443, stream);
            var pool = new Pool2dGeometry(2 * 4, 9, 7, new Pair(3, 3), 2, 0, CeilMode: false);
            kernels.MaxPool2dForward(pool, Type, memory, memory, memory, stream);
            kernels.MaxPool2dBackward(pool, Type, memory, memory, memory, stream);
            var norm = new LocalResponseNormGeometry(2, 4, 9, 7, 5, 1e-4, 0.75, 2, true);
            kernels.LocalResponseNormForward(norm, Type, memory, memory, stream);
            kernels.LocalResponseNormBackward(norm, Type, memory, memory, memory, memory, stream);
            kernels.Dropout(new DropoutMask(0.5, 1, 2), Type, memory, memory, 443, stream);
            kernels.Add(Type, memory, memory, memory, 443, stream);
            kernels.Scale(Type, 2, memory, memory, 443, stream);
            kernels.Fill(Type, 0, memory, 443, stream);
            var loss = new CrossEntropyGeometry(2, 5, -100, 0.1, true);
            kernels.CrossEntropyForward(Type, loss, memory, memory, null, memory, memory, stream);
            kernels.CrossEntropyBackward(Type, loss, memory, memory, null, memory, memory, memory, stream);
            kernels.Sgd(Type, new SgdStep(0.1, 0.9, 1e-4), memory, memory, memory, 443, stream);
            kernels.Sgd(Type, new SgdStep(0.1, 0, 0), memory, null, memory, 443, stream);
        }
    }

    /// <summary>A small network on the fake driver, whose kernels do nothing.</summary>
    private sealed class Run : IDisposable
    {
        private readonly Sequential network;
        private readonly Sgd optimiser;
        private readonly TensorScope scope = new();

        public Run()
        {
            Gpu = new FakeGpu(driver => driver.Kernels.AddRange(CudaKernels.Signatures.Select(Fake)));
            Device = new Device(new CudaBackend(Gpu.Runtime) { ChecksIndices = false });
            network = new Sequential(
                new("conv", new Conv2d(2, 5, 3, padding: 1, device: Device)), new("relu", new ReLU()),
                new("norm", new LocalResponseNorm(5)), new("pool", new MaxPool2d(3, 2, ceilMode: true)),
                new("drop", new Dropout(0.2, new Generator(1))), new("flatten", new Flatten()),
                new("fc", new Linear(30, 4, device: Device)));
            optimiser = new Sgd(network.Parameters, 0.1, 0.9, 1e-3);
            Inputs = [Tensor.Zeros([2, 2, 7, 5], device: Device), Tensor.From<int>([0, 1], [2], Device)];
        }

        public FakeGpu Gpu { get; }

        public Device Device { get; }

        public Tensor[] Inputs { get; }

        public int Drained => Drains.Sum(Gpu.Driver.CallsOf);

        public int Waited => Drained + Gpu.Driver.CallsOf("EventSynchronize");

        public Tensor Step() => Loss(Inputs);

        public Tensor Loss(IReadOnlyList<Tensor> t)
        {
            var loss = network.Forward(t[0]).CrossEntropy(t[1]);
            optimiser.ZeroGrad();
            loss.Backward();
            optimiser.Step();
            return loss;
        }

        public void Dispose()
        {
            optimiser.Dispose();
            network.Dispose();
            scope.Dispose();
            Assert.That(Device.Memory.InUse, Is.Zero);
            Device.Dispose();
            Gpu.Dispose();
            Assert.That(Gpu.Leaks, Is.Empty);
        }

        private static FakeKernel Fake(KernelSignature signature) =>
            new(signature.Name, [.. signature.Parameters.Select(Bytes)]);

        private static int Bytes(KernelParameter parameter) =>
            parameter is KernelParameter.I32 or KernelParameter.F32 ? 4 : 8;
    }
}
