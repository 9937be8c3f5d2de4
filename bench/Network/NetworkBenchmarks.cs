using BenchmarkDotNet.Attributes;
using ZfNet.Engine;

namespace ZfNet.Benchmarks;

/// <summary>A whole network at a batch size, called op by op or as recorded work (<see cref="DeviceGraph"/>).</summary>
public sealed record NetworkCase(string Name, NetworkSpec Spec, int Batch, bool Recorded) : IWork
{
    /// <summary>A training step computes as much as three forward passes.</summary>
    public double Flops(string method) =>
        (method == nameof(NetworkBenchmarks.TrainingStep) ? 3.0 : 1.0) * Spec.Plan().Flops * Batch;

    // Not the point.
    public double Bytes(string method) => 0;

    public override string ToString() => $"{Name} batch {Batch}";
}

/// <summary>
/// The network's forward pass, and a training step: forward with dropout, cross-entropy, backward, SGD with momentum
/// and weight decay.
/// </summary>
public class NetworkBenchmarks : OpBenchmarks<NetworkCase>
{
    private Contestant contestant = null!;
    private Tensor x = null!, labels = null!;
    private DeviceGraph forward = null!, step = null!;

    public static IEnumerable<NetworkCase> Cases =>
        from batch in Sizes.Batches
        from work in (NetworkCase[])[new("network", Sizes.Spec, batch, false), new("recorded", Sizes.Spec, batch, true)]
        select work;

    [Benchmark]
    public void Forward() => Run(forward, contestant.Scores, x);

    [Benchmark]
    public void TrainingStep() => Run(step, contestant.Step, x, labels);

    protected override void Make()
    {
        var device = BenchmarkDevice.Current.Device;
        contestant = new Contestant(Case.Spec, device);
        (x, labels) = contestant.Pictures(Case.Batch);
        forward = new DeviceGraph(device, contestant.Scores);
        step = new DeviceGraph(device, contestant.Step);
    }

    /// <summary>
    /// Scores, loss and gradients of two pictures beside the CPU's, whose weights and dropout masks are the same.
    /// </summary>
    private protected override void Verify(HostCheck host)
    {
        if (BenchmarkDevice.Current.Cuda is not null)
        {
            using var cpu = Device.CreateCpu(0);
            using var judge = new Contestant(Case.Spec, cpu);
            foreach (var (actual, expected) in contestant.Probe().Zip(judge.Probe()))
                HostCheck.That(Math.Abs(actual - expected) <= 1e-3 * Math.Abs(expected));
        }
        for (var run = 0; run < 3; run++)
        {
            // The third time recorded work is run for good.
            Forward();
            TrainingStep();
        }
    }

    protected override void Drop()
    {
        foreach (var part in new IDisposable?[] { forward, step, x, labels, contestant })
            part?.Dispose();
    }

    private void Run(DeviceGraph graph, Func<IReadOnlyList<Tensor>, Tensor[]> function, params Tensor[] inputs)
    {
        if (Case.Recorded)
        {
            graph.Run(inputs);
            return;
        }
        using var scope = new TensorScope();
        function(inputs);
    }

    /// <summary>A network and its optimiser on a device.</summary>
    private sealed class Contestant : IDisposable
    {
        private readonly Network network;
        private readonly Sgd optimiser;

        public Contestant(NetworkSpec spec, Device device)
        {
            network = Network.Create(spec, seed: 1, device: device);
            optimiser = new Sgd(network.Parameters, 1e-3, 0.9, 5e-4);
        }

        public (Tensor X, Tensor Labels) Pictures(int batch)
        {
            var spec = network.Spec;
            var x = Tensor.Normal(
                [batch, spec.Channels, spec.Height, spec.Width], new Generator(2), device: network.Device);
            var labels = Enumerable.Range(0, batch).Select(i => i * 7 % spec.Classes).ToArray();
            return (x, Tensor.From(labels, [batch], network.Device));
        }

        public Tensor[] Scores(IReadOnlyList<Tensor> t)
        {
            using var noGrad = Autograd.NoGrad();
            network.Training = false;
            return [network.Forward(t[0])];
        }

        /// <summary>It leaves no gradients, which a graph would write down.</summary>
        public Tensor[] Step(IReadOnlyList<Tensor> t)
        {
            var loss = Move(t);
            optimiser.ZeroGrad();
            return [loss];
        }

        /// <summary>The largest score, the loss of a step and the norm of its gradient, for two pictures.</summary>
        public double[] Probe()
        {
            using var scope = new TensorScope();
            var (x, labels) = Pictures(2);
            var highest = Scores([x])[0].ToArray<float>().Max();
            var loss = Move([x, labels]).Item();
            var norm = optimiser.GradientNorm();
            optimiser.ZeroGrad();
            return [highest, loss, norm];
        }

        private Tensor Move(IReadOnlyList<Tensor> t)
        {
            network.Training = true;
            var loss = network.Forward(t[0]).CrossEntropy(t[1]);
            loss.Backward();
            optimiser.Step();
            return loss;
        }

        public void Dispose()
        {
            optimiser.Dispose();
            network.Dispose();
        }
    }
}
