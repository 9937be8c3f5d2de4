using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Graphs;

/// <summary>Work that is recorded once and run again does, to the bit, what calling the function does.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class DeviceGraphTests(string backend) : OpTests(backend)
{
    private const int Steps = 5;

    private bool Records => Device.Backend is IGraphBackend;

    [Test]
    public void A_forward_pass_gives_the_same_bits_at_every_run()
    {
        using var network = Network(new Generator(41), DType.Float32);
        network.Training = false;
        using var mode = Autograd.NoGrad();
        using var graph = new DeviceGraph(Device, t => [network.Forward(t[0]), t[0].ReLU()]);
        IReadOnlyList<Tensor>? outputs = null;
        for (var step = 0; step < Steps; step++)
        {
            var x = Input(step, DType.Float32);
            var results = graph.Run(x);
            Compare.Equal(results[0], network.Forward(x), $"logits of run {step}");
            Compare.Equal(results[1], x.ReLU(), $"second output of run {step}");
            outputs ??= results;
            Assert.That(results, Is.EqualTo(outputs), "The outputs stay the same tensors.");
        }
        Assert.That(graph.IsRecorded, Is.EqualTo(Records));
    }

    [Test]
    public void Training_steps_with_momentum_dropout_and_a_schedule_are_those_of_calling_them(
        [Values(DType.Float32, DType.Float64)] DType dtype, [Values(0, 0.9)] double momentum)
    {
        var eager = Train(graphed: false, dtype, momentum);
        var graphed = Train(graphed: true, dtype, momentum);
        Assert.That(graphed.Losses, Is.EqualTo(eager.Losses));
        Assert.That(graphed.Stream, Is.EqualTo(eager.Stream), "the generator's state");
        foreach (var (name, values) in eager.State)
            Assert.That(graphed.State[name], Is.EqualTo(values), name);
        Assert.That(eager.Losses.Distinct().Count(), Is.EqualTo(Steps));
    }

    [Test]
    public void Dropout_draws_another_mask_at_every_run_and_the_same_one_backward()
    {
        var generator = new Generator(51);
        var ones = Tensor.Full([443], 1, DType.Float32, Device).Unscoped();
        ones.RequiresGrad = true;
        using var graph = new DeviceGraph(Device, _ =>
        {
            ones.ZeroGrad();
            var y = ones.Dropout(0.5, generator);
            y.Sum().Backward();
            return [y, ones.Grad!];
        });
        for (ulong step = 0; step < Steps; step++)
        {
            var results = graph.Run();
            var expected = ones.Detach().Dropout(0.5, new Generator(51) { Stream = step });
            Compare.Equal(results[0], expected, $"mask {step}");
            Compare.Equal(results[1], expected, $"gradient {step}");
        }
        // The stream may be set, as to resume.
        generator.Stream = 1;
        Compare.Equal(graph.Run()[0], ones.Detach().Dropout(0.5, new Generator(51) { Stream = 1 }), "resumed");
        Assert.That(generator.Stream, Is.EqualTo(2));
        ones.Dispose();
    }

    [Test]
    public void What_a_run_writes_is_known_to_be_changed()
    {
        var w = Floats([1, 2, 3], 3);
        w.RequiresGrad = true;
        var weight = w.Detach();
        using var graph = new DeviceGraph(Device, t =>
        {
            weight.CopyFrom(t[0].Add(weight));
            return [weight];
        });
        for (var run = 0; run < 3; run++)
        {
            var y = w.Multiply(w).Sum();
            graph.Run(Floats([1, 1, 1], 3));
            Assert.That(
                () => y.Backward(),
                Throws.InvalidOperationException.With.Message.Contains("changed in place since the forward pass"));
        }
        Compare.Equal(weight, [4, 5, 6], [3], "three runs");
    }

    [Test]
    public void What_the_host_does_inside_is_refused_in_the_first_run_on_every_backend()
    {
        Refused(
            t => [t[0].Scale(t[0].Sum().Item())],
            "graph: the host reads a tensor inside its function, which has computed nothing yet when it is recorded; return "
            + "the tensor and read it after the run.");
        Refused(
            t => [t[0].Add(Floats([1, 2], 2))],
            "graph: the host writes a tensor inside its function, and every run would get the first one's values; make it "
            + "outside and give it as an input.");
        Refused(
            t => [t[0].Add(Tensor.Normal([2], new Generator(1), device: t[0].Device))],
            "graph: random numbers are drawn inside its function, and every run would get the first one's; draw them "
            + "outside and give them as an input.");
        using var inner = new DeviceGraph(Device, t => [t[0].ReLU()]);
        Refused(
            t => [inner.Run(t[0])[0]],
            "graph: another graph runs inside its function; call that one's function instead.");
        // The thread is free again.
        Compare.Equal(Floats([-1, 2], 2).ReLU(), [0, 2], [2], "relu");
    }

    [Test]
    public void Other_inputs_than_the_first_runs_are_refused([Values(1, 2, 3)] int runs)
    {
        using var graph = new DeviceGraph(Device, t => [t[0].Scale(2)]);
        for (var run = 0; run < runs; run++)
            graph.Run(Floats([run, 2], 2));
        Refuses<ShapeException>(
            () => graph.Run(Floats([1, 2, 3], 3)), "graph: input 0 is shape [3]; expected shape [2].");
        Refuses<ShapeException>(
            () => graph.Run(Doubles([1, 2], 2)),
            $"graph: input 0 is float64 [2] on {Device}; expected Float32 on {Device}, as the other arguments.");
        Refuses<GraphException>(() => graph.Run(), "graph: 0 inputs are given, and the first run had 1.");
        var disposed = Floats([1, 2], 2);
        disposed.Dispose();
        Assert.That(() => graph.Run(disposed), Throws.TypeOf<ObjectDisposedException>());
        var leaf = Floats([1, 2], 2);
        leaf.RequiresGrad = true;
        Assert.That(
            () => graph.Run(leaf),
            Throws.TypeOf<GraphException>().With.Message.StartsWith("graph: input 0 wants a gradient"));
        using var other = Device.CreateCpu(1);
        using var foreign = Tensor.Zeros([2], DType.Float32, other);
        Assert.That(
            () => graph.Run(foreign), Throws.TypeOf<ShapeException>().With.Message.StartsWith("graph: input 0 is float32 [2]"));
        Compare.Equal(graph.Run(Floats([5, 6], 2))[0], [10, 12], [2], "the graph goes on");
    }

    [Test]
    public void A_disposed_graph_runs_no_more()
    {
        var graph = new DeviceGraph(Device, t => [t[0].Scale(2)]);
        graph.Dispose();
        graph.Dispose();
        Assert.That(() => graph.Run(Floats([1], 1)), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_function_that_fails_while_it_is_recorded_has_not_run_and_may_run_later()
    {
        var generator = new Generator(61);
        var fails = false;
        using var graph = new DeviceGraph(Device, t =>
        {
            var y = t[0].Dropout(0.5, generator);
            return fails ? throw new TimeoutException() : [y];
        });
        var x = Argument.Random("x", [31], 62).Make(DType.Float32, Device, requiresGrad: false);
        graph.Run(x);
        fails = true;
        Assert.That(() => graph.Run(x), Throws.TypeOf<TimeoutException>());
        if (Records)
            Assert.That(generator.Stream, Is.EqualTo(1));
        fails = false;
        generator.Stream = 1;
        for (ulong run = 1; run < 4; run++)
            Compare.Equal(graph.Run(x)[0], x.Dropout(0.5, new Generator(61) { Stream = run }), $"run {run}");
    }

    [Test]
    public void Weights_that_are_made_inside_are_those_of_the_run()
    {
        var x = Argument.Random("x", [1, 2, 4, 5], 63).Make(DType.Float32, Device, requiresGrad: false);
        using var graph = new DeviceGraph(Device, t => [x.Conv2d(t[0].Scale(2)), x.Conv2d(t[0].Add(t[0]))]);
        for (var run = 0; run < Steps; run++)
        {
            var weight = Argument.Random("weight", [3, 2, 3, 3], 64 + run).Make(DType.Float32, Device, requiresGrad: false);
            var results = graph.Run(weight);
            Compare.Equal(results[0], x.Conv2d(weight.Scale(2)), $"run {run}");
            Compare.Equal(results[1], x.Conv2d(weight.Scale(2)), $"run {run}, once more");
        }
    }

    [Test]
    public void Weights_that_change_between_two_calls_of_a_run_are_seen_by_the_second()
    {
        var x = Argument.Random("x", [1, 2, 4, 5], 65).Make(DType.Float32, Device, requiresGrad: false);
        using Tensor weight = Made(), expected = Made();
        using var graph = new DeviceGraph(Device, t => Twice(t[0], weight));
        for (var run = 0; run < Steps; run++)
        {
            var results = graph.Run(x);
            foreach (var (actual, wanted) in results.Zip(Twice(x, expected)))
                Compare.Equal(actual, wanted, $"run {run}");
            Compare.Equal(weight, expected, $"weight after run {run}");
        }

        Tensor Made() => Argument.Random("weight", [3, 2, 3, 3], 66).Make(DType.Float32, Device, requiresGrad: false).Unscoped();

        static Tensor[] Twice(Tensor x, Tensor w)
        {
            Tensor before = x.Conv2d(w), again = x.Conv2d(w);
            w.CopyFrom(w.Scale(0.5));
            return [before, again, x.Conv2d(w), x.Conv2d(w)];
        }
    }

    /// <summary>The weight is wide enough for the CPU to keep its gradient as two factors.</summary>
    [Test]
    public void Gradients_that_are_left_behind_may_be_scaled_and_added_to([Values] bool zero)
    {
        using var scope = new TensorScope();
        Tensor weight = Leaf(), twin = Leaf();
        using Sgd sgd = new([new("weight", weight)], 0.1), sgdOfTwin = new([new("weight", twin)], 0.1);
        using var graph = new DeviceGraph(Device, t => Pass(t[0], weight));
        // Adds to what the first leaves.
        using var second = new DeviceGraph(Device, t => Add(t[0], weight));
        for (var run = 0; run < Steps; run++)
        {
            var x = Argument.Random("x", [2, 80], 81 + run).Make(DType.Float32, Device, requiresGrad: false);
            graph.Run(x);
            Pass(x, twin);
            Compare.Equal(weight.Grad, twin.Grad, $"gradient of run {run}");
            second.Run(x);
            foreach (var w in new[] { weight, twin })
                Add(x, w);
            Add(x, twin);
            Compare.Equal(weight.Grad, twin.Grad, $"sum of run {run}");
            foreach (var each in new[] { sgd, sgdOfTwin })
            {
                each.ScaleGradients(0.5);
                each.Step();
            }
            Compare.Equal(weight, twin, $"weight after run {run}");
        }

        Tensor Leaf()
        {
            var leaf = Argument.Random("weight", [70, 80], 80).Make(DType.Float32, Device, requiresGrad: false);
            leaf.RequiresGrad = true;
            return leaf;
        }

        Tensor[] Pass(Tensor x, Tensor w)
        {
            if (zero)
                w.ZeroGrad();
            return Add(x, w);
        }

        static Tensor[] Add(Tensor x, Tensor w)
        {
            var y = x.Linear(w);
            y.Multiply(y).Sum().Backward();
            return [];
        }
    }

    [Test]
    public void A_function_that_fails_while_it_is_recorded_leaves_no_gradient_that_nobody_computed()
    {
        if (!Records)
            Assert.Ignore("This backend records nothing: what ran has run.");
        var fails = false;
        Tensor small = Floats([3, 4], 2), wide = Argument.Random("wide", [70, 80], 82).Make(DType.Float32, Device, requiresGrad: false);
        small.RequiresGrad = wide.RequiresGrad = true;
        var x = Argument.Random("x", [2, 80], 83).Make(DType.Float32, Device, requiresGrad: false);
        using var graph = new DeviceGraph(Device, t =>
        {
            small.ZeroGrad();
            wide.ZeroGrad();
            t[0].Linear(wide).Sum().Add(small.Sum()).Backward();
            return fails ? throw new TimeoutException() : [];
        });
        graph.Run(x);
        Assert.That(small.Grad, Is.Not.Null);
        fails = true;
        Assert.That(() => graph.Run(x), Throws.TypeOf<TimeoutException>());
        Assert.That(small.Grad, Is.Null);
        Assert.That(wide.Grad, Is.Null);
        fails = false;
        for (var run = 0; run < 3; run++)
            graph.Run(x);
        Compare.Equal(small.Grad!, [1, 1], [2], "gradient");
    }

    [Test]
    public void A_disposed_weight_is_named_by_what_was_recorded()
    {
        if (!Records)
            Assert.Ignore("This backend records nothing: the function itself fails on a disposed tensor.");
        var weight = Floats([3, 4], 2);
        using var graph = new DeviceGraph(Device, t => [t[0].Multiply(weight)]);
        for (var run = 0; run < 3; run++)
            graph.Run(Floats([1, 2], 2));
        weight.Dispose();
        Assert.That(
            () => graph.Run(Floats([1, 2], 2)),
            Throws.TypeOf<ObjectDisposedException>().With.Message.StartsWith(
                "A tensor of 8 bytes that recorded work uses was disposed since it was recorded."));
    }

    private void Refused(Func<IReadOnlyList<Tensor>, Tensor[]> function, string sentence)
    {
        using var graph = new DeviceGraph(Device, function);
        var input = Floats([1, 2], 2);
        Refuses<GraphException>(() => graph.Run(input), sentence);
    }

    private Tensor Input(int step, DType dtype) =>
        Argument.Random("x", [2, 2, 7, 5], 100 + step).Make(dtype, Device, requiresGrad: false);

    private Sequential Network(Generator generator, DType dtype)
    {
        var network = new Sequential(
            new("conv", new Conv2d(2, 5, 3, padding: 1, dtype: dtype, device: Device)), new("relu", new ReLU()),
            new("pool", new MaxPool2d(3, 2, ceilMode: true)), new("drop1", new Dropout(0.2, generator)),
            new("flatten", new Flatten()), new("drop2", new Dropout(0.5, generator)),
            new("fc", new Linear(30, 8, dtype: dtype, device: Device)));
        Init.KaimingNormalFanOut((WeightedLayer)network["conv"], generator);
        Init.PyTorchDefault((WeightedLayer)network["fc"], generator);
        return network;
    }

    private (double[] Losses, Dictionary<string, double[]> State, ulong Stream) Train(
        bool graphed, DType dtype, double momentum)
    {
        var generator = new Generator(71);
        using var network = Network(generator, dtype);
        using var optimiser = new Sgd(network.Parameters, 0.1, momentum, 1e-3);
        using var graph = new DeviceGraph(Device, Step);
        var losses = new double[Steps];
        Dictionary<string, double[]> state = [];
        for (var step = 0; step < Steps; step++)
        {
            using var scope = new TensorScope();
            optimiser.LearningRate = 0.1 / (step + 1);
            Tensor[] inputs = [Input(step, dtype), Ints([step % 4, 3], 2)];
            losses[step] = (graphed ? graph.Run(inputs) : Step(inputs))[0].Item();
            // Wide enough for the CPU to keep its gradient as two factors until it is read.
            state[$"gradient of step {step}"] = Compare.Doubles(((WeightedLayer)network["fc"]).Weight.Grad!);
        }
        foreach (var (name, parameter) in network.Parameters)
        {
            state[name] = Compare.Doubles(parameter);
            state[name + " gradient"] = Compare.Doubles(parameter.Grad!);
        }
        foreach (var (name, velocity) in optimiser.Velocities)
            state[name + " velocity"] = Compare.Doubles(velocity);
        return (losses, state, generator.Stream);

        Tensor[] Step(IReadOnlyList<Tensor> t)
        {
            var loss = network.Forward(t[0]).CrossEntropy(t[1], labelSmoothing: 0.1);
            optimiser.ZeroGrad();
            loss.Backward();
            optimiser.Step();
            return [loss];
        }
    }
}
