using System.Runtime.InteropServices;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>The shared memory of a block, and what the checks know of each byte.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    /// <summary>No variable lies there.</summary>
    public const byte Outside = 0;

    /// <summary>Nobody has written it.</summary>
    public const byte Unwritten = 1;

    /// <summary>It has been written.</summary>
    public const byte Written = 3;

    private const int Slack = 64;
    private readonly byte* fresh;

    public SharedMemory(Launch launch)
    {
        var layout = launch.Code.Shared;
        Bytes = layout.DynamicOffset + launch.Shape.DynamicSharedBytes;
        var room = (nuint)(Bytes + Slack);
        Host = (byte*)NativeMemory.AlignedAlloc(room, 64);
        NativeMemory.Fill(Host, room, 0xFF);
        State = (byte*)NativeMemory.AllocZeroed(room);
        fresh = (byte*)NativeMemory.AllocZeroed(room);
        foreach (var variable in layout.Variables)
            NativeMemory.Fill(fresh + variable.Offset, (nuint)variable.Bytes, Unwritten);
        NativeMemory.Fill(fresh + layout.DynamicOffset, (nuint)launch.Shape.DynamicSharedBytes, Unwritten);
        IsWatched = launch.Checks.OutOfBounds || launch.Checks.UninitializedReads;
        if (launch.Checks.SharedRaces)
            Races = new RaceTable((Bytes + 3) / 4);
    }

    /// <summary>The memory.</summary>
    public byte* Host { get; }

    /// <summary>For each byte one of the constants above.</summary>
    public byte* State { get; }

    /// <summary>Whether <see cref="State"/> is looked at.</summary>
    public bool IsWatched { get; }

    /// <summary>Size, with the gaps between variables.</summary>
    public int Bytes { get; }

    /// <summary>Who used which word, or null.</summary>
    public RaceTable? Races { get; }

    /// <summary>Tells this block's uses from those of the blocks before it.</summary>
    public uint Generation { get; private set; }

    /// <summary>Makes ready for another block.</summary>
    public void Start()
    {
        NativeMemory.Copy(fresh, State, (nuint)Bytes);
        Generation = (Generation + 1) & AccessRecord.MaxOwner;
        if (Generation != 0)
            return;
        Races?.Clear();
        Generation = 1;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Host);
        NativeMemory.Free(State);
        NativeMemory.Free(fresh);
        Races?.Dispose();
    }
}
