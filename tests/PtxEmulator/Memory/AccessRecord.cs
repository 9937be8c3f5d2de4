using System.Runtime.CompilerServices;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>Who used a word, and when, in 64 bits: 0 is nobody.</summary>
/// <remarks>
/// From the top: owner (the block, or which of a worker's blocks) 20 bits, clock 14, thread 10, instruction 14, whether
/// it
/// stands for several threads of one warp, whether it was atomic, and which of the four bytes. Of one owner, and of a
/// worker's
/// blocks one after the other, what was earlier is the smaller number.
/// </remarks>
internal readonly record struct AccessRecord(ulong Bits)
{
    /// <summary>The largest owner.</summary>
    public const uint MaxOwner = (1 << 20) - 1;

    /// <summary>The largest clock; later than that nothing is known of the order.</summary>
    public const uint MaxClock = (1 << 14) - 1;

    private const uint MaxPc = (1 << 14) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AccessRecord Of(uint owner, int thread, uint clock, int pc, bool atomic, uint bytes) => new(
        Time(owner, clock) | ((ulong)(uint)thread << 20) | ((ulong)Math.Min((uint)pc, MaxPc) << 6) | (
            atomic ? 16UL : 0) | bytes);

    /// <summary>The smallest record of an owner and a clock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Time(uint owner, uint clock) => ((ulong)owner << 44) | ((ulong)Math.Min(clock, MaxClock) << 30);

    public uint Owner => (uint)(Bits >> 44);

    public int Thread => (int)(Bits >> 20) & 1023;

    public uint Clock => (uint)(Bits >> 30) & MaxClock;

    /// <summary>The instruction, or -1 where it lies too far into the kernel to be noted.</summary>
    public int Pc => ((uint)(Bits >> 6) & MaxPc) is var pc && pc == MaxPc ? -1 : (int)pc;

    public bool IsMixed => (Bits & 32) != 0;

    public bool IsAtomic => (Bits & 16) != 0;

    public uint Bytes => (uint)Bits & 15;

    /// <summary>Owner and thread: equal for uses by the same thread.</summary>
    public ulong Who => Bits & (((ulong)MaxOwner << 44) | (1023UL << 20));

    /// <summary>Owner, clock and thread.</summary>
    public ulong WhoAndWhen => Bits >> 20;

    /// <summary>The same, with bytes of another thread of the warp.</summary>
    public AccessRecord With(uint bytes) => new(Bits | 32 | bytes);
}
