using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>Average pooling.</summary>
public sealed class AvgPool2d(Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false, bool countIncludePad = true) : Layer
{
    /// <summary>Window size.</summary>
    public Pair Kernel { get; } = kernel;

    /// <summary>Step between windows.</summary>
    public Pair Stride { get; } = stride ?? kernel;

    /// <summary>Zeros on each side.</summary>
    public Pair Padding { get; } = padding ?? 0;

    /// <summary>Whether the number of windows is rounded up.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Whether the padding counts in the divisor.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.AvgPool2d(Kernel, Stride, Padding, CeilMode, CountIncludePad);
}
