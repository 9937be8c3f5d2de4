using ZfNet.Kernels;

namespace ZfNet.Engine;

public sealed partial class Tensor
{
    /// <summary>
    /// A copy in bfloat16, the upper half of float32: half the bytes, each element off by at most 2^-9 of itself, rounded to the
    /// nearest and to even (<see cref="BFloat16.Round(float)"/>). It stores the weight of a linear layer (<see cref="Linear.StoreWeightAs"/>) and
    /// carries no gradient.
    /// </summary>
    /// <exception cref="ShapeException">The tensor is not float32, or the device holds no bfloat16.</exception>
    public Tensor ToBFloat16() => Stored("to_bfloat16", DType.Float32, DType.BFloat16, (backend, x, y) => backend.Narrow(x, y));

    /// <summary>A copy of a bfloat16 tensor in float32; exact.</summary>
    /// <exception cref="ShapeException">The tensor is not bfloat16.</exception>
    public Tensor ToFloat32() => Stored("to_float32", DType.BFloat16, DType.Float32, (backend, x, y) => backend.Widen(x, y));

    private Tensor Stored(string op, DType from, DType to, Action<IBFloat16Storage, BufferView, BufferView> convert)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Check.That(DType == from, op, "tensor", $"{from}", $"{this}");
        var copy = Empty(Shape, to, Device);
        using var source = ContiguousLease();
        convert((IBFloat16Storage)Backend, source.View, copy.View);
        return copy;
    }
}
