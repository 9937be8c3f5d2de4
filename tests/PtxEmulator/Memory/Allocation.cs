using System.Runtime.InteropServices;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>A piece of device memory, and what the checks know of it.</summary>
internal sealed unsafe class Allocation : IDisposable
{
    // What a program finds in memory that it has not written: NaN as a float, -1 as an integer.
    private const byte Unwritten = 0xFF;

    public Allocation(string name, ulong address, long bytes, EmulatorChecks checks, bool readOnly)
    {
        Name = name;
        Address = address;
        Bytes = OriginalBytes = bytes;
        IsReadOnly = readOnly;
        Host = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + 64, 64);
        NativeMemory.Fill(Host, (nuint)bytes, Unwritten);
        if (checks.UninitializedReads)
            Written = (byte*)NativeMemory.AllocZeroed((nuint)bytes + 64);
        if (checks.GlobalRaces && !readOnly)
            Races = new GlobalRaces(bytes);
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Where it starts.</summary>
    public ulong Address { get; }

    /// <summary>Its size; 0 when it has been given back, so that no access is inside.</summary>
    public long Bytes { get; private set; }

    /// <summary>Its size when it was taken.</summary>
    public long OriginalBytes { get; }

    /// <summary>Whether kernels may only read it.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The memory.</summary>
    public byte* Host { get; private set; }

    /// <summary>For each byte 1 where it has been written; null where that is not watched, or all are.</summary>
    public byte* Written { get; private set; }

    /// <summary>Who used which word in this launch, or null.</summary>
    public GlobalRaces? Races { get; private set; }

    /// <summary>Whether it has been given back.</summary>
    public bool IsFreed => Host == null;

    /// <summary>Notes that bytes have been written, by the host.</summary>
    public void MarkWritten(long offset, long bytes)
    {
        if (Written == null)
            return;
        if (offset == 0 && bytes == Bytes)
        {
            NativeMemory.Free(Written);
            Written = null;
            return;
        }
        NativeMemory.Fill(Written + offset, (nuint)bytes, 1);
    }

    /// <summary>The first of these bytes that has never been written, or -1.</summary>
    public long FirstUnwritten(long offset, long bytes)
    {
        if (Written == null)
            return -1;
        for (var at = offset; at < offset + bytes;)
        {
            var length = (int)Math.Min(offset + bytes - at, int.MaxValue);
            var found = new ReadOnlySpan<byte>(Written + at, length).IndexOf((byte)0);
            if (found >= 0)
                return at + found;
            at += length;
        }
        return -1;
    }

    /// <summary>Gives the memory back; the address is never used again.</summary>
    public void Dispose()
    {
        if (IsFreed)
            return;
        Bytes = 0;
        NativeMemory.AlignedFree(Host);
        NativeMemory.Free(Written);
        Host = null;
        Written = null;
        Races?.Dispose();
        Races = null;
    }
}
