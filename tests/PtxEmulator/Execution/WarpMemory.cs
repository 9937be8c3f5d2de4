using System.Runtime.InteropServices;
using ZfNet.PtxEmulator.Memory;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>A warp's registers, predicates and local memory, for every call depth.</summary>
internal sealed unsafe class WarpMemory : IDisposable
{
    private readonly KernelCode code;
    private readonly bool clear;
    private readonly int entryRegisters;
    private readonly int otherRegisters;
    private readonly int entryPredicates;
    private readonly int otherPredicates;
    private readonly int entryLocal;
    private readonly int otherLocal;
    private readonly byte* registers;
    private readonly uint* predicates;
    private readonly byte* local;
    private readonly byte* lanes;
    private readonly bool[] filled;
    private int taken;

    /// <param name="code">The kernel.</param>
    /// <param name="clear">Whether every block starts with registers of zero.</param>
    public WarpMemory(KernelCode code, bool clear)
    {
        this.code = code;
        this.clear = clear;
        var depths = code.HasCalls ? Warp.MaxDepth : 0;
        var frames = code.Frames;
        entryRegisters = frames[0].RegisterBytes;
        entryPredicates = frames[0].PredicateCount;
        entryLocal = frames[0].LocalBytes;
        otherRegisters = frames.Skip(1).Sum(frame => frame.RegisterBytes);
        otherPredicates = frames.Skip(1).Sum(frame => frame.PredicateCount);
        otherLocal = frames.Skip(1).Sum(frame => frame.LocalBytes);
        LocalBytes = entryLocal + (depths * otherLocal);
        var registerBytes = (nuint)entryRegisters + ((nuint)depths * (nuint)otherRegisters);
        registers = (byte*)NativeMemory.AlignedAlloc(Math.Max(registerBytes, 64), 64);
        predicates = (uint*)NativeMemory.Alloc((nuint)(entryPredicates + (depths * otherPredicates) + 1), 4);
        local = LocalBytes == 0 ? null : (byte*)NativeMemory.AllocZeroed((nuint)LocalBytes, 32);
        lanes = (byte*)NativeMemory.AlignedAlloc(2048, 64);
        ReturnPcs = (int*)NativeMemory.Alloc((nuint)Math.Max(1, depths * 32), 4);
        filled = new bool[1 + (depths * (frames.Length - 1))];
        // The registers of all depths are megabytes, of which little is used: a call clears what it enters.
        Clear(registers, entryRegisters, predicates, entryPredicates);
    }

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes { get; }

    /// <summary>For each depth and lane where it returns to.</summary>
    public int* ReturnPcs { get; }

    /// <summary>A piece of the memory that every warp needs.</summary>
    public T* Take<T>(int count)
        where T : unmanaged
    {
        var place = lanes + taken;
        taken += count * sizeof(T);
        return (T*)place;
    }

    /// <summary>A lane's local memory.</summary>
    public byte* Local(int lane) => local + ((nint)lane * LocalBytes);

    /// <summary>Where a function's local memory at a depth starts, within the thread's.</summary>
    public int LocalFrame(FrameLayout frame, int depth) =>
        depth == 0 ? 0 : entryLocal + ((depth - 1) * otherLocal) + frame.LocalStart;

    /// <summary>Makes ready for another block.</summary>
    public void StartBlock(Warp warp)
    {
        if (clear && filled[0])
            Clear(registers, entryRegisters, predicates, entryPredicates);
        Array.Clear(filled, 1, filled.Length - 1);
        if (filled[0] && !clear)
            Fill(warp, code.Frames[0], registers, 0, onlyOfBlock: true);
        else
            filled[0] = false;
    }

    /// <summary>
    /// Clears a function's frame where the block calls it at a depth for the first time. Arguments come after that.
    /// </summary>
    public void Prepare(FrameLayout frame, int depth)
    {
        var index = Index(frame, depth);
        if (filled[index])
            return;
        Clear(RegistersOf(frame, depth), frame.RegisterBytes, PredicatesOf(frame, depth), frame.PredicateCount);
        for (var lane = 0; lane < 32; lane++)
            NativeMemory.Clear(Local(lane) + LocalFrame(frame, depth), (nuint)frame.LocalBytes);
    }

    /// <summary>Points a warp's registers at a frame, with its constants filled.</summary>
    public void Enter(Warp warp, FrameLayout frame, int depth)
    {
        var place = RegistersOf(frame, depth);
        var index = Index(frame, depth);
        warp.Registers = place;
        warp.Predicates = PredicatesOf(frame, depth);
        if (filled[index])
            return;
        Fill(warp, frame, place, LocalFrame(frame, depth), onlyOfBlock: false);
        filled[index] = true;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(registers);
        NativeMemory.Free(predicates);
        NativeMemory.Free(local);
        NativeMemory.AlignedFree(lanes);
        NativeMemory.Free(ReturnPcs);
    }

    private byte* RegistersOf(FrameLayout frame, int depth) => depth == 0
        ? registers
        : registers + entryRegisters + ((nint)(depth - 1) * otherRegisters) + frame.RegisterStart;

    private uint* PredicatesOf(FrameLayout frame, int depth) => depth == 0
        ? predicates
        : predicates + entryPredicates + ((nint)(depth - 1) * otherPredicates) + frame.PredicateStart;

    private int Index(FrameLayout frame, int depth) =>
        depth == 0 ? 0 : 1 + ((depth - 1) * (code.Frames.Length - 1)) + frame.Index - 1;

    private static void Clear(byte* place, int bytes, uint* bits, int count)
    {
        NativeMemory.Clear(place, (nuint)bytes);
        NativeMemory.Clear(bits, (nuint)count * sizeof(uint));
    }

    private static void Fill(Warp warp, FrameLayout frame, byte* place, int local, bool onlyOfBlock)
    {
        foreach (var constant in frame.Constants)
        {
            if (onlyOfBlock && !(
                constant.Kind == ConstantKind.Special && SpecialRegisters.IsOfBlock((int)constant.Bits)))
                continue;
            for (var lane = 0; lane < 32; lane++)
            {
                var value = constant.Kind switch
                {
                    ConstantKind.Bits => constant.Bits,
                    ConstantKind.LocalAddress => constant.Bits + (ulong)local,
                    ConstantKind.ParameterAddress => constant.Bits + (ulong)local + AddressSpace.LocalWindow,
                    _ => SpecialRegisters.Value((int)constant.Bits, warp.Block, warp, lane),
                };
                var to = place + constant.Slot.Offset + (lane * constant.Slot.LaneBytes);
                if (constant.Slot.LaneBytes == 8)
                    *(ulong*)to = value;
                else
                    *(uint*)to = (uint)value;
            }
        }
    }
}
