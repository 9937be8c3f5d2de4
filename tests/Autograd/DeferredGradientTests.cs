using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Differentiation;

/// <summary>A linear layer's weights step by a gradient that is never written down, and nobody can tell by the numbers.</summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed class DeferredGradientTests(CpuIsa isa)
{
    private Device device = null!;

    [SetUp]
    public void Open()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
        device = new Device(new CpuBackend(3, isa));
    }

    [TearDown]
    public void Close() => device?.Dispose();

    /// <summary>Three steps, each gradient looked at first or not.</summary>
    private float[] Steps(int n, int inputs, int outputs, double momentum, bool look, int passes = 1)
    {
        using var scope = new TensorScope();
        var generator = new Generator(7);
        var weight = Tensor.Uniform([outputs, inputs], generator, -1, 1, device: device);
        weight.RequiresGrad = true;
        using var sgd = new Sgd([new("weight", weight)], 0.1, momentum, 0.01);
        for (var step = 0; step < 3; step++)
        {
            for (var pass = 0; pass < passes; pass++)
            {
                var x = Tensor.Uniform([n, inputs], generator, -1, 1, device: device);
                var y = x.Linear(weight);
                y.Multiply(y).Sum().Backward();
                // The factors are the gradient's own.
                x.Fill(100);
            }
            Assert.That(weight.Deferred is null, Is.EqualTo(passes > 1));
            if (look)
                Assert.That(weight.Grad!.Shape, Is.EqualTo(weight.Shape));
            sgd.Step();
            sgd.ZeroGrad();
            Assert.That(weight.Grad, Is.Null);
        }
        return weight.ToArray<float>();
    }

    [Test]
    public void The_weights_get_the_bits_of_a_gradient_that_is_written_down(
        [Values(1, 3, 8)] int n, [Values(64, 129, 1040)] int inputs, [Values(33, 64)] int outputs, [Values(0, 0.9)] double momentum) =>
        Assert.That(Steps(n, inputs, outputs, momentum, look: false), Is.EqualTo(Steps(n, inputs, outputs, momentum, look: true)));

    [Test]
    public void A_second_pass_writes_it_down_and_adds() =>
        Assert.That(
            Steps(4, 80, 70, 0.9, look: false, passes: 2), Is.EqualTo(Steps(4, 80, 70, 0.9, look: true, passes: 2)));

    /// <summary>Outside a graph's function gradients are tensors; inside it they are not written down either.</summary>
    [Test]
    public void Recorded_steps_take_no_memory_of_the_weights_size()
    {
        using var scope = new TensorScope();
        var weight = Tensor.Zeros([1500, 1500], DType.Float32, device);
        weight.RequiresGrad = true;
        using var sgd = new Sgd([new("weight", weight)], 0.1);
        var x = Tensor.Full([2, 1500], 1, DType.Float32, device);
        var before = device.Memory.InUse;
        using var graph = new DeviceGraph(device, t =>
        {
            t[0].Linear(weight).Sum().Backward();
            sgd.Step();
            sgd.ZeroGrad();
            return [];
        });
        for (var run = 1; run < 5; run++)
        {
            graph.Run(x);
            Assert.That(device.Memory.InUse - before, Is.LessThan(1500 * 1500));
            Assert.That(weight.Detach().Narrow(0, 7, 1).Narrow(1, 9, 1).Item(), Is.EqualTo(-0.2 * run).Within(1e-5));
        }
    }

    [Test]
    public void It_takes_no_memory_of_the_weights_size()
    {
        using var scope = new TensorScope();
        var weight = Tensor.Zeros([1500, 1500], DType.Float32, device);
        weight.RequiresGrad = true;
        var x = Tensor.Full([2, 1500], 1, DType.Float32, device);
        var before = device.Memory.InUse;
        x.Linear(weight).Sum().Backward();
        Assert.That(device.Memory.InUse - before, Is.LessThan(1500 * 1500));
        Assert.That(weight.Grad!.ToArray<float>(), Is.All.EqualTo(2f));
        Assert.That(device.Memory.InUse - before, Is.GreaterThan(1500 * 1500));
    }
}
