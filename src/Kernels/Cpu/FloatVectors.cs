using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>A register of floats, so that one loop is compiled for every instruction set.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IFloatVector<TSelf>
    where TSelf : unmanaged, IFloatVector<TSelf>
{
    static abstract int Count { get; }

    static abstract TSelf Load(float* address);

    static abstract TSelf Create(float value);

    /// <summary>a * b + c, fused where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    static abstract TSelf FirstLanes(int count);

    /// <summary>chosen where the mask is set, other elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf chosen, TSelf other);

    void Store(float* address);
}

/// <summary>512 bits.</summary>
internal readonly unsafe struct Floats512(Vector512<float> value) : IFloatVector<Floats512>
{
    private readonly Vector512<float> value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Load(float* address) => new(Vector512.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 MultiplyAdd(Floats512 a, Floats512 b, Floats512 c) =>
        new(Vector512.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Floats512 FirstLanes(int count) =>
        new(Vector512.LessThan(Vector512.CreateSequence(0f, 1f), Vector512.Create((float)count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Select(Floats512 mask, Floats512 chosen, Floats512 other) =>
        new(Vector512.ConditionalSelect(mask.value, chosen.value, other.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => value.Store(address);
}

/// <summary>256 bits with fused multiply-add.</summary>
internal readonly unsafe struct Floats256(Vector256<float> value) : IFloatVector<Floats256>
{
    private readonly Vector256<float> value = value;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Load(float* address) => new(Vector256.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 MultiplyAdd(Floats256 a, Floats256 b, Floats256 c) =>
        new(Fma.MultiplyAdd(a.value, b.value, c.value));

    public static Floats256 FirstLanes(int count) =>
        new(Vector256.LessThan(Vector256.CreateSequence(0f, 1f), Vector256.Create((float)count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Select(Floats256 mask, Floats256 chosen, Floats256 other) =>
        new(Vector256.ConditionalSelect(mask.value, chosen.value, other.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => value.Store(address);
}

/// <summary>128 bits, on every processor.</summary>
internal readonly unsafe struct Floats128(Vector128<float> value) : IFloatVector<Floats128>
{
    private readonly Vector128<float> value = value;

    public static int Count => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Load(float* address) => new(Vector128.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 MultiplyAdd(Floats128 a, Floats128 b, Floats128 c) =>
        new(Vector128.MultiplyAddEstimate(a.value, b.value, c.value));

    public static Floats128 FirstLanes(int count) =>
        new(Vector128.LessThan(Vector128.CreateSequence(0f, 1f), Vector128.Create((float)count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Select(Floats128 mask, Floats128 chosen, Floats128 other) =>
        new(Vector128.ConditionalSelect(mask.value, chosen.value, other.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address) => value.Store(address);
}
