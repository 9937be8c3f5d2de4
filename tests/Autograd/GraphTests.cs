using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Differentiation;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class GraphTests(string backend) : OpTests(backend)
{
    private const string FreedSentence =
        "multiply: this part of the graph was freed by an earlier backward or by its scope; call Backward(retainGraph: true) to pass more than once.";

    [Test]
    public void A_tensor_used_twice_adds_its_gradients()
    {
        var x = Leaf(3);
        x.Multiply(x).Backward();
        Compare.Equal(x.Grad!, [6], [1], "d x*x");
        x.ZeroGrad();
        x.Add(x).Backward();
        Compare.Equal(x.Grad!, [2], [1], "d x+x");
        x.ZeroGrad();
        x.Add(x).Multiply(x).Add(x).Backward();
        Compare.Equal(x.Grad!, [13], [1], "d 2x^2+x");
    }

    [Test]
    public void A_diamond_passes_its_root_once()
    {
        // y = (2x)(3x) + (2x): the node of 2x has two ways in, and must wait for both.
        var x = Leaf(5);
        var two = x.Scale(2);
        two.Multiply(x.Scale(3)).Add(two).Backward();
        Compare.Equal(x.Grad!, [62], [1], "d 6x^2+2x");
    }

    [Test]
    public void A_deep_ladder_of_diamonds_costs_linear_time()
    {
        // 2^200 paths, 400 nodes.
        var x = Leaf(1);
        var y = x;
        for (var i = 0; i < 200; i++)
        {
            var half = y.Scale(0.5);
            y = half.Add(half);
        }
        y.Backward();
        Compare.Equal(x.Grad!, [1], [1], "dx");
    }

    [Test]
    public void A_chain_of_ten_thousand_does_not_overflow_the_stack()
    {
        var x = Leaf(1);
        var y = x;
        for (var i = 0; i < 10_000; i++)
            y = y.Scale(1);
        y.Backward();
        Compare.Equal(x.Grad!, [1], [1], "dx");
    }

    [Test]
    public void A_shared_gradient_is_not_changed_under_its_other_holder()
    {
        // add hands one gradient to both sides; b's is added to again through the other path.
        var (a, b) = (Leaf(2), Leaf(7));
        a.Add(b).Add(b.Scale(10)).Backward();
        Compare.Equal(a.Grad!, [1], [1], "da");
        Compare.Equal(b.Grad!, [11], [1], "db");
        a.Scale(1).Add(a.Scale(1).Add(b)).Backward();
        Compare.Equal(a.Grad!, [3], [1], "da, once more");
        Compare.Equal(b.Grad!, [12], [1], "db, once more");
    }

    [Test]
    public void The_callers_gradient_is_left_alone()
    {
        var x = Leaf(2);
        var seed = Doubles([10], 1);
        x.Reshape(1).Backward(seed);
        x.Reshape(1).Backward(seed);
        x.Backward(seed);
        Compare.Equal(seed, [10], [1], "seed");
        Compare.Equal(x.Grad!, [30], [1], "dx");
        seed.Fill(0);
        Compare.Equal(x.Grad!, [30], [1], "dx after the seed changed");
    }

    [Test]
    public void Two_passes_add_up_in_the_leaf_and_ZeroGrad_forgets()
    {
        var x = Leaf(3);
        x.Multiply(x).Backward();
        x.Multiply(x).Backward();
        Compare.Equal(x.Grad!, [12], [1], "after two");
        x.ZeroGrad();
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void A_second_backward_is_refused_unless_the_graph_was_retained()
    {
        var x = Leaf(3);
        var y = x.Multiply(x);
        y.Backward(retainGraph: true);
        y.Backward();
        Compare.Equal(x.Grad!, [12], [1], "dx");
        Refuses<InvalidOperationException>(() => y.Backward(), FreedSentence);
        Compare.Equal(x.Grad!, [12], [1], "dx is as it was");
    }

    [Test]
    public void A_graph_that_another_loss_freed_is_refused()
    {
        var x = Leaf(3);
        var shared = x.Multiply(x);
        shared.Scale(2).Backward();
        Refuses<InvalidOperationException>(() => shared.Scale(3).Backward(), FreedSentence);
    }

    [Test]
    public void A_change_in_place_is_noticed()
    {
        var (x, w) = (Leaf(3), Leaf(4));
        foreach (var change in new Action[] { () => w.Fill(5), () => w.CopyFrom<double>([6]), () => w.CopyFrom(Doubles([7], 1)), () => w.Detach().Fill(8) })
        {
            var y = x.Multiply(w);
            change();
            Refuses<InvalidOperationException>(() => y.Backward(), "multiply: a tensor [1] that backward needs was changed in place since the forward pass.");
        }
        var relu = x.ReLU();
        relu.Detach().Fill(0);
        Assert.Throws<InvalidOperationException>(() => relu.Backward());
    }

    [Test]
    public void An_optimisers_step_is_a_change_in_place()
    {
        var (x, w) = (Leaf(3), Leaf(4));
        using var sgd = new Sgd([new("w", w)], 0.1);
        var y = x.Multiply(w);
        y.Backward(retainGraph: true);
        sgd.Step();
        Assert.Throws<InvalidOperationException>(() => y.Backward());
    }

    [Test]
    public void A_change_of_what_backward_does_not_need_is_fine()
    {
        var (x, y) = (Leaf(3), Leaf(4));
        var sum = x.Add(y);
        x.Fill(100);
        sum.Backward();
        Compare.Equal(y.Grad!, [1], [1], "dy");
    }

    [Test]
    public void No_grad_mode_leaves_no_nodes_and_nests()
    {
        var x = Leaf(3);
        Tensor inside;
        using (Autograd.NoGrad())
        {
            using (Autograd.NoGrad())
                Assert.That(x.Scale(2).RequiresGrad, Is.False);
            Assert.That(Autograd.IsEnabled, Is.False, "the outer mode is still on");
            inside = x.Scale(2);
            Assert.That(x.RequiresGrad, "a leaf stays one");
        }
        Assert.That(Autograd.IsEnabled);
        Assert.That(x.Scale(2).RequiresGrad);
        Refuses<InvalidOperationException>(() => inside.Backward(), $"backward: float64 [1] on {Device} depends on nothing that requires a gradient.");
        var mode = Autograd.NoGrad();
        mode.Dispose();
        mode.Dispose();
        Assert.That(Autograd.IsEnabled, "disposing twice counts once");
    }

    [Test]
    public void No_grad_mode_belongs_to_its_thread()
    {
        using var mode = Autograd.NoGrad();
        var other = false;
        var thread = new Thread(() => other = Autograd.IsEnabled);
        thread.Start();
        thread.Join();
        Assert.That(other);
    }

    [Test]
    public void Detach_stops_the_gradient()
    {
        var x = Leaf(3);
        x.Detach().Multiply(x).Backward();
        Compare.Equal(x.Grad!, [3], [1], "only one way");
        Assert.That(x.Detach().RequiresGrad, Is.False);
    }

    [Test]
    public void RequiresGrad_is_for_floating_point_leaves()
    {
        var x = Leaf(3);
        var y = x.Scale(2);
        Refuses<InvalidOperationException>(
            () => y.RequiresGrad = false, $"requires_grad: float64 [1] on {Device} was made by scale; only a leaf's can be set.");
        Refuses<InvalidOperationException>(() => Ints([1], 1).RequiresGrad = true, $"requires_grad: int32 [1] on {Device} is not a floating-point tensor.");
    }

    [Test]
    public void Backward_needs_a_fitting_gradient()
    {
        var y = Doubles([1, 2], 2);
        y.RequiresGrad = true;
        Refuses<ShapeException>(() => y.Scale(2).Backward(), "backward: gradient is missing; expected given, since the tensor has shape [2].");
        Refuses<ShapeException>(() => y.Scale(2).Backward(Doubles([1], 1)), "backward: gradient is shape [1]; expected shape [2].");
        Refuses<ShapeException>(
            () => y.Scale(2).Backward(Floats([1, 2], 2)), $"backward: gradient is float32 [2] on {Device}; expected Float64 on {Device}, as the other arguments.");
        y.Scale(2).Backward(Doubles([1, 2, 3, 4], 2, 2).Select(1, 1));
        Compare.Equal(y.Grad!, [4, 8], [2], "from a strided gradient");
    }

    private Tensor Leaf(double value)
    {
        var leaf = Doubles([value], 1);
        leaf.RequiresGrad = true;
        return leaf;
    }
}
