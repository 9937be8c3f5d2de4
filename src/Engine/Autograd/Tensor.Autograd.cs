using ZfNet.Kernels;

namespace ZfNet.Engine;

public sealed partial class Tensor
{
    private bool leafRequiresGrad;
    private Tensor? grad;

    /// <summary>Whether gradients flow to or through this tensor. Can be set only on leaves (tensors that no op made).</summary>
    /// <exception cref="InvalidOperationException">It was set on an op's result, or on integers.</exception>
    public bool RequiresGrad
    {
        get => Node is not null || leafRequiresGrad;
        set
        {
            if (Node is not null)
                throw new InvalidOperationException($"requires_grad: {this} was made by {Node.Op}; only a leaf's can be set.");
            if (value && !DType.IsFloat())
                throw new InvalidOperationException(
                    $"requires_grad: {this} {(DType == DType.BFloat16 ? "carries no gradient: it is for inference" : "is not a floating-point tensor")}.");
            leafRequiresGrad = value;
        }
    }

    /// <summary>The gradient that backward added up in this leaf, or null.</summary>
    public Tensor? Grad
    {
        get
        {
            if (Deferred is not { } deferred)
                return grad;
            grad = deferred.Write().Unscoped();
            Forget(deferred);
            Recording.Current?.Took(this);
            return grad;
        }
    }

    /// <summary>The whole gradient where it was not written down: <see cref="Grad"/> would write it.</summary>
    internal DeferredGradient? Deferred { get; private set; }

    /// <summary>The op that made this tensor, when gradients flow through it.</summary>
    internal GradNode? Node { get; set; }

    /// <summary>Adds the gradient of this tensor into every leaf that it depends on, and frees the graph.</summary>
    /// <param name="gradient">Gradient of the final value by this tensor, same shape; null means 1 and needs a single element.</param>
    /// <param name="retainGraph">Keep the graph for another pass.</param>
    /// <exception cref="InvalidOperationException">No leaf wants a gradient, or the graph was freed.</exception>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        if (!RequiresGrad)
            throw new InvalidOperationException($"backward: {this} depends on nothing that requires a gradient.");
        if (gradient is null && Count != 1)
            throw new ShapeException("backward", "gradient", $"given, since the tensor has shape {Shape}", "missing");
        if (gradient is not null)
            Check.Same("backward", "gradient", gradient, this);
        var start = gradient is null ? Full(Shape, 1, DType, Device).Unscoped() : gradient.ContiguousLease();
        if (Node is { } node)
            Autograd.Run(node, start, retainGraph);
        else
            Accumulate(start);
    }

    /// <summary>Forgets the gradient and frees its memory.</summary>
    public void ZeroGrad()
    {
        DisposeGradient();
        grad = null;
    }

    private void DisposeGradient()
    {
        grad?.Dispose();
        if (Deferred is { } deferred)
            Forget(deferred);
    }

    private void Forget(DeferredGradient deferred)
    {
        deferred.Dispose();
        Deferred = null;
    }

    /// <summary>Takes a gradient that is not written down; false where there is one to add it to.</summary>
    internal bool TryDefer(LinearGeometry g, Tensor x, Tensor dy)
    {
        if (grad is not null || Deferred is not null)
            return false;
        Deferred = DeferredGradient.From(g, x, dy);
        if (Deferred is null)
            return false;
        Recording.Current?.Took(this);
        return true;
    }

    /// <summary>Adds to the gradient; takes ownership of the argument.</summary>
    internal void Accumulate(Tensor gradient)
    {
        if (Grad is null)
        {
            // A gradient that shares its memory (a passed-on one) is copied: it will be added to in place.
            grad = gradient.IsShared ? gradient.Clone().Unscoped() : gradient.Unscoped();
            if (grad != gradient)
                gradient.Dispose();
            Recording.Current?.Took(this);
            return;
        }
        Backend.Add(grad!.View, gradient.View, grad.View);
        grad.Touch();
        gradient.Dispose();
    }
}
