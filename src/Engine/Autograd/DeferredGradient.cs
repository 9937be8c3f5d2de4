using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// The gradient of a linear layer's weight, dw = dyT x, kept as its two small factors until somebody asks for it. An optimiser
/// need not: it moves the weights by it in one pass (<see cref="ILinearSgd"/>), and no memory as large as the weights is taken.
/// </summary>
internal sealed class DeferredGradient : IDisposable
{
    private readonly LinearGeometry g;
    private readonly Tensor x, dy;

    private DeferredGradient(LinearGeometry g, Tensor x, Tensor dy)
    {
        this.g = g;
        // Copies: what they were made from may change before the step.
        (this.x, this.dy) = (x.Clone().Unscoped(), dy.Clone().Unscoped());
    }

    /// <summary>The deferred gradient, or null where it had better be written down at once.</summary>
    public static DeferredGradient? From(LinearGeometry g, Tensor x, Tensor dy) =>
        x.Backend is ILinearSgd backend && backend.Fuses(g, x.DType) && g.N * ((long)g.In + g.Out) < (long)g.In * g.Out / 2
            ? new DeferredGradient(g, x, dy) : null;

    /// <summary>A step of the weights by it.</summary>
    public void Step(SgdStep step, Tensor? velocity, Tensor weight) =>
        ((ILinearSgd)x.Backend).LinearSgd(g, step, x.View, dy.View, velocity?.View, weight.View);

    /// <summary>The gradient [Out, In].</summary>
    public Tensor Write()
    {
        var dw = Tensor.Empty([g.Out, g.In], x.DType, x.Device);
        x.Backend.LinearBackwardWeight(g, x.View, dy.View, dw.View);
        return dw;
    }

    public void Dispose()
    {
        x.Dispose();
        dy.Dispose();
    }
}
