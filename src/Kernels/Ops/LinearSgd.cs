namespace ZfNet.Kernels;

/// <summary>
/// A backend that moves a linear layer's weights by their gradient as it makes it. The gradient of small batches is the product
/// of two small factors but as large as the weights: written down, it costs a pass over memory to write and one to read.
/// </summary>
public interface ILinearSgd
{
    /// <summary>Whether <see cref="LinearSgd"/> takes this size and element type.</summary>
    bool Fuses(LinearGeometry g, DType dtype);

    /// <summary>
    /// <see cref="IBackend.LinearBackwardWeight"/>, dw = dyT x, and <see cref="IBackend.Sgd"/> by dw in one pass; the same bits.
    /// </summary>
    void LinearSgd(LinearGeometry g, SgdStep step, BufferView x, BufferView dy, BufferView? velocity, BufferView w);
}
