using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

// The functions are copied to locals: a store to a lane could change a field, as far as the compiler knows.

/// <summary>A function of one operand, a vector of lanes at a time.</summary>
internal sealed unsafe class Vector1<T, TFunction>(Slot d, Slot a, TFunction function) : Operation
    where T : unmanaged
    where TFunction : struct, IVectorFunction1<T>
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (T*)(warp.Registers + a.Offset);
        var to = (T*)(warp.Registers + d.Offset);
        var local = function;
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
            Blend.Store(to + lane, mask, lane, local.Apply(Vector256.Load(from + lane)));
    }
}

/// <summary>A function of two operands, a vector of lanes at a time.</summary>
internal sealed unsafe class Vector2<T, TFunction>(Slot d, Slot a, Slot b, TFunction function) : Operation
    where T : unmanaged
    where TFunction : struct, IVectorFunction2<T>
{
    public override void Execute(Warp warp, uint mask)
    {
        var first = (T*)(warp.Registers + a.Offset);
        var second = (T*)(warp.Registers + b.Offset);
        var to = (T*)(warp.Registers + d.Offset);
        var local = function;
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
        {
            var result = local.Apply(Vector256.Load(first + lane), Vector256.Load(second + lane));
            Blend.Store(to + lane, mask, lane, result);
        }
    }
}

/// <summary>A function of three operands, a vector of lanes at a time.</summary>
internal sealed unsafe class Vector3<T, TFunction>(Slot d, Slot a, Slot b, Slot c, TFunction function) : Operation
    where T : unmanaged
    where TFunction : struct, IVectorFunction3<T>
{
    public override void Execute(Warp warp, uint mask)
    {
        var first = (T*)(warp.Registers + a.Offset);
        var second = (T*)(warp.Registers + b.Offset);
        var third = (T*)(warp.Registers + c.Offset);
        var to = (T*)(warp.Registers + d.Offset);
        var local = function;
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
        {
            var result = local.Apply(
                Vector256.Load(first + lane), Vector256.Load(second + lane), Vector256.Load(third + lane));
            Blend.Store(to + lane, mask, lane, result);
        }
    }
}

/// <summary>Stores that leave other lanes alone.</summary>
internal static unsafe class Blend
{
    /// <summary>Stores the lanes of a vector that are in the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T* place, uint mask, int lane, Vector256<T> value)
        where T : unmanaged
    {
        if (mask != LaneMask.All)
            value = Vector256.ConditionalSelect(LaneMask.Of<T>(mask, lane), value, Vector256.Load(place));
        value.Store(place);
    }
}
