using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>How a weight is stored, and how it becomes the float32 that is multiplied: one source of loops for every storage.</summary>
/// <typeparam name="TSelf">The stored element.</typeparam>
internal unsafe interface IWeight<TSelf>
    where TSelf : unmanaged, IWeight<TSelf>
{
    /// <summary>One weight.</summary>
    static abstract float Value(TSelf stored);

    /// <summary>Eight weights that lie side by side.</summary>
    static abstract Vector256<float> Load(TSelf* from);

    /// <summary>Four weights that lie side by side.</summary>
    static abstract Vector128<float> LoadFour(TSelf* from);
}

/// <summary>A weight that is stored as it is multiplied.</summary>
/// <param name="Stored">The weight.</param>
internal readonly record struct Float32Weight(float Stored) : IWeight<Float32Weight>
{
    public static float Value(Float32Weight stored) => stored.Stored;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Load(Float32Weight* from) => Vector256.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector128<float> LoadFour(Float32Weight* from) => Vector128.Load((float*)from);
}
