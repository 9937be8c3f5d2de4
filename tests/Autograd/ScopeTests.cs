using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Differentiation;

/// <summary>Scopes, leases and who frees what: nothing here may be left to the garbage collector.</summary>
[TestFixture]
public sealed class ScopeTests
{
    [Test]
    public void A_scope_disposes_what_was_made_in_it_graph_and_all() => NoLeaks.In(device =>
    {
        using var scope = new TensorScope();
        var y = Network(device, out _);
        Assert.That(y.RequiresGrad);
    });

    [Test]
    public void Backward_leaves_nothing_but_the_leaves_gradients() => NoLeaks.In(device =>
    {
        var x = Leaf(device);
        using (new TensorScope())
            x.ReLU().Add(x).Multiply(x).Reshape(4).Sum().Backward();
        Assert.That(x.Grad, Is.Not.Null);
        Assert.That(x.Grad!.IsDisposed, Is.False);
        x.Dispose();
        Assert.That(x.Grad.IsDisposed);
    });

    [Test]
    public void Without_a_scope_disposing_by_hand_and_backward_free_everything() => NoLeaks.In(device =>
    {
        var x = Leaf(device);
        var y = x.Multiply(x);
        var loss = y.Sum();
        y.Dispose();
        loss.Backward();
        loss.Dispose();
        x.Dispose();
    });

    [Test]
    public void Kept_tensors_outlive_their_scope_with_their_graph() => NoLeaks.In(device =>
    {
        using var outer = new TensorScope();
        Tensor kept, lost, leaf;
        using (var inner = new TensorScope())
        {
            leaf = inner.Keep(Leaf(device));
            lost = leaf.Scale(3);
            kept = inner.Keep(lost.Multiply(lost).Sum());
        }
        Assert.That(lost.IsDisposed);
        kept.Backward();
        Compare.Equal(leaf.Grad!, [18, -36, 54, -72], [2, 2], "dx");
    });

    [Test]
    public void A_kept_tensor_goes_to_the_caller_where_there_is_no_outer_scope() => NoLeaks.In(device =>
    {
        Tensor kept;
        using (var scope = new TensorScope())
            kept = scope.Keep(Tensor.Zeros([2], DType.Float32, device));
        Assert.That(kept.IsDisposed, Is.False);
        kept.Dispose();
    });

    [Test]
    public void A_graph_that_a_scope_freed_is_refused()
    {
        using var outer = new TensorScope();
        var x = Leaf(Backends.Reference);
        Tensor y;
        using (new TensorScope())
            y = x.Multiply(x);
        Assert.Throws<ObjectDisposedException>(() => y.Scale(2));
    }

    [Test]
    public void Scopes_close_inside_out_and_once()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        var error = Assert.Throws<InvalidOperationException>(outer.Dispose);
        Assert.That(error.Message, Is.EqualTo("TensorScope: an inner scope is still open, or this one belongs to another thread."));
        inner.Dispose();
        inner.Dispose();
        outer.Dispose();
        using var after = new TensorScope();
        outer.Dispose();
        Assert.That(after.Keep(Tensor.Zeros([1])).IsDisposed, Is.False, "the later scope is the current one");
    }

    [Test]
    public void Views_keep_the_memory_until_the_last_is_gone() => NoLeaks.In(device =>
    {
        var x = Tensor.From([1f, 2, 3, 4], [2, 2], device);
        var view = x.Permute(1, 0);
        x.Dispose();
        Assert.That(view.ToArray<float>(), Is.EqualTo(new float[] { 1, 3, 2, 4 }));
        using (var copy = view.Clone())
            Assert.That(copy.ToArray<float>(), Is.EqualTo(new float[] { 1, 3, 2, 4 }));
        view.Dispose();
        view.Dispose();
    });

    [Test]
    public void A_failed_backward_leaves_nothing_behind() => NoLeaks.In(device =>
    {
        var x = Leaf(device);
        using (new TensorScope())
        {
            var y = x.Multiply(x).Add(x.Scale(2)).Sum();
            x.Fill(1);
            Assert.Throws<InvalidOperationException>(() => y.Backward());
        }
        x.Dispose();
    });

    [Test]
    public void A_training_step_takes_and_gives_back_the_same_number_of_buffers()
    {
        using var backend = new CountingBackend();
        using var device = new Device(backend);
        using var network = Layers(device);
        using var sgd = new Sgd(network.Parameters, 0.01, 0.9);
        var live = new List<int>();
        for (var step = 0; step < 4; step++)
        {
            using (new TensorScope())
            {
                var x = Argument.Random("x", [2, 3, 9, 9], step).Make(DType.Float32, device, requiresGrad: false);
                network.Forward(x).Sum().Backward();
                sgd.Step();
            }
            live.Add(backend.Live);
            sgd.ZeroGrad();
        }
        Assert.That(live, Is.All.EqualTo(live[0]), "live buffers after each step");
        sgd.Dispose();
        network.Dispose();
        Assert.That(backend.Live, Is.Zero);
    }

    [Test]
    public void Sequential_frees_what_lies_between_its_layers()
    {
        using var backend = new CountingBackend();
        using var device = new Device(backend);
        using var network = new Sequential(Enumerable.Range(0, 50).Select(i => KeyValuePair.Create<string, Layer>($"relu{i}", new ReLU())));
        using var x = Tensor.Zeros([8], DType.Float32, device);
        backend.ResetPeak();
        using (Autograd.NoGrad())
        using (var y = network.Forward(x))
            Assert.That(backend.Live, Is.EqualTo(2), "x and y");
        // x, one layer's input and its output.
        Assert.That(backend.Peak, Is.EqualTo(3));
        Assert.That(x.IsDisposed, Is.False);
    }

    [Test]
    public void Sequential_with_only_layers_that_change_nothing_returns_its_argument()
    {
        using var network = new Sequential(KeyValuePair.Create<string, Layer>("drop", new Dropout(0.5, new Generator(1)))) { Training = false };
        using var x = Tensor.Zeros([8]);
        Assert.That(network.Forward(x), Is.SameAs(x));
        Assert.That(x.IsDisposed, Is.False);
    }

    [Test]
    public void A_node_saves_what_backward_needs_and_no_more()
    {
        using var backend = new CountingBackend();
        using var device = new Device(backend);
        using var x = Tensor.Zeros([1, 1, 4, 4], DType.Float32, device);
        x.RequiresGrad = true;
        var baseline = backend.Live;
        // Pooling keeps its switches, not x or y; average pooling, scale and dropout keep nothing.
        Assert.That(Saved(() => x.MaxPool2d(2)), Is.EqualTo(1));
        Assert.That(Saved(() => x.AvgPool2d(2)), Is.Zero);
        Assert.That(Saved(() => x.Scale(2)), Is.Zero);
        Assert.That(Saved(() => x.Dropout(0.5, new Generator(1))), Is.Zero);
        Assert.That(Saved(() => x.Add(x)), Is.Zero);
        Assert.That(Saved(() => x.ReLU()), Is.EqualTo(1), "its output");

        int Saved(Func<Tensor> op)
        {
            using var scope = new TensorScope();
            op().Dispose();
            return backend.Live - baseline;
        }
    }

    private static Tensor Leaf(Device device)
    {
        var leaf = Tensor.From([1.0, -2, 3, -4], [2, 2], device);
        leaf.RequiresGrad = true;
        return leaf;
    }

    private static Tensor Network(Device device, out Tensor x)
    {
        x = Argument.Random("x", [1, 2, 5, 5], 1).Make(DType.Float64, device);
        var w = Argument.Random("w", [3, 2, 3, 3], 2).Make(DType.Float64, device);
        return x.Conv2d(w).ReLU().MaxPool2d(3).Flatten().Softmax().Sum();
    }

    private static Sequential Layers(Device device)
    {
        var network = new Sequential(
            new("conv", new Conv2d(3, 4, 3, device: device)), new("relu", new ReLU()), new("norm", new LocalResponseNorm()),
            new("pool", new MaxPool2d(3, 2)), new("flatten", new Flatten()), new("drop", new Dropout(0.5, new Generator(1))),
            new("fc", new Linear(36, 5, device: device)));
        foreach (var (_, layer) in network.Layers)
            if (layer is WeightedLayer weighted)
                Init.Normal(weighted, 0.1, new Generator(2));
        return network;
    }
}
