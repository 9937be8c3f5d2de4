using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>Average pooling.</summary>
public sealed class AvgPool2d(Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false, bool countIncludePad = true) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.AvgPool2d(kernel, stride, padding, ceilMode, countIncludePad);
}
