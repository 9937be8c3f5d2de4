namespace ZfNet.Kernels;

/// <summary>
/// A backend that holds tensors of <see cref="DType.BFloat16"/>, and whose <see cref="IBackend.LinearForward"/> and
/// <see cref="IBackend.LinearBackwardInput"/> take such a weight beside operands of float32, with the bits that the same weight in
/// float32 gives.
/// </summary>
public interface IBFloat16Storage
{
    /// <summary>y = x in bfloat16, each element rounded (<see cref="BFloat16.Round(float)"/>); x is float32.</summary>
    void Narrow(BufferView x, BufferView y);

    /// <summary>y = x in float32, exactly; x is bfloat16.</summary>
    void Widen(BufferView x, BufferView y);
}

public partial class ReferenceBackend : IBFloat16Storage
{
    /// <inheritdoc/>
    public virtual void Narrow(BufferView x, BufferView y)
    {
        NativeSpan<float> from = x.Cpu<float>();
        NativeSpan<BFloat16> to = y.Cpu<BFloat16>();
        for (long i = 0; i < from.Length; i++)
            to[i] = BFloat16.Round(from[i]);
    }

    /// <inheritdoc/>
    public virtual void Widen(BufferView x, BufferView y)
    {
        NativeSpan<BFloat16> from = x.Cpu<BFloat16>();
        NativeSpan<float> to = y.Cpu<float>();
        for (long i = 0; i < from.Length; i++)
            to[i] = from[i].ToSingle();
    }
}
