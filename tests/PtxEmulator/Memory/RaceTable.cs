using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>For each word the last that wrote it and two that read it, to find uses that nothing orders.</summary>
internal sealed unsafe class RaceTable : IDisposable
{
    private readonly nint words;

    public RaceTable(long words)
    {
        this.words = (nint)words;
        Entries = (Entry*)NativeMemory.AllocZeroed((nuint)words + 1, (nuint)sizeof(Entry));
    }

    /// <summary>An entry a word.</summary>
    public Entry* Entries { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Clear() => NativeMemory.Clear(Entries, (nuint)words * (nuint)sizeof(Entry));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.Free(Entries);
        Entries = null;
    }

    /// <summary>What is known of a word.</summary>
    public struct Entry
    {
        public ulong Writer;
        public ulong FirstReader;
        public ulong SecondReader;
    }
}

/// <summary>The records of one allocation, made where a launch touches it and forgotten with the next launch.</summary>
internal sealed unsafe class GlobalRaces(long bytes) : IDisposable
{
    private const int PageWords = 1024;

    private readonly Lock gate = new();
    private readonly long words = (bytes + 3) / 4;
    private RaceTable? table;
    private int[]? launches;

    /// <summary>The entry of a word in a launch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RaceTable.Entry* Entry(long word, int launch)
    {
        var pages = launches;
        if (pages is null || Volatile.Read(ref pages[word / PageWords]) != launch)
            Open(word / PageWords, launch);
        return table!.Entries + word;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => table?.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Open(long page, int launch)
    {
        lock (gate)
        {
            table ??= new RaceTable(words);
            var pages = launches ?? new int[(words + PageWords - 1) / PageWords];
            if (pages[page] != launch)
            {
                var first = page * PageWords;
                if (pages[page] != 0)
                    NativeMemory.Clear(
                        table.Entries + first, (nuint)(Math.Min(PageWords, words - first) * sizeof(RaceTable.Entry)));
                Volatile.Write(ref pages[page], launch);
            }
            Volatile.Write(ref launches, pages);
        }
    }
}
