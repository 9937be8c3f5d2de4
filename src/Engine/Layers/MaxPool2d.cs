using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>Max-pooling.</summary>
public sealed class MaxPool2d(Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false) : Layer
{
    /// <summary>Window size.</summary>
    public Pair Kernel { get; } = kernel;

    /// <summary>Step between windows.</summary>
    public Pair Stride { get; } = stride ?? kernel;

    /// <summary>Cells on each side that are never selected.</summary>
    public Pair Padding { get; } = padding ?? 0;

    /// <summary>Whether the number of windows is rounded up.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.MaxPool2d(Kernel, Stride, Padding, CeilMode);

    /// <summary>The output and where each maximum was (see <see cref="Ops.MaxPool2dWithSwitches"/>).</summary>
    public (Tensor Output, Tensor Switches) ForwardWithSwitches(Tensor x) => x.MaxPool2dWithSwitches(Kernel, Stride, Padding, CeilMode);
}
