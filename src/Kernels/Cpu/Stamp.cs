using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>A value that is not zero, and the channel it lies in.</summary>
internal readonly record struct StampEntry(float Value, int Channel);

/// <summary>
/// Where filters are stamped around one input position: rows of a filter, each one run of (column, channel) or, with
/// dilated columns, a run for every column.
/// </summary>
internal unsafe struct Stamp
{
    /// <summary>The first filter row of channel 0, and floats between the filters of two channels.</summary>
    public float* Filters;

    public nint FilterFloats;

    /// <summary>Rows to stamp, and floats between them in the output and in the filter.</summary>
    public int Rows;

    public nint OutputRow, FilterRow;

    /// <summary>Runs in a row, floats between them in the output, and floats in one.</summary>
    public int Runs;

    public nint OutputRun;

    public int Length;

    /// <summary>The function for an instruction set.</summary>
    public static delegate*<in Stamp, StampEntry*, int, float*, void> For(CpuIsa isa) => isa switch
    {
        CpuIsa.Avx512 => &Run<Floats512>,
        CpuIsa.Avx2 => &Run<Floats256>,
        _ => &Run<Floats128>,
    };

    /// <summary>
    /// y += value * filter for every entry, in their order: one chain of multiply-adds an element. Several entries pass
    /// over y together, since each pass costs a load and a store. Elements right of a run are rewritten as they were.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVector>(in Stamp stamp, StampEntry* entries, int count, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (; count >= 8; count -= 8, entries += 8)
            Pass<TVector, Eight>(stamp, entries, y);
        if ((count & 4) != 0)
        {
            Pass<TVector, Four>(stamp, entries, y);
            entries += 4;
        }
        if ((count & 2) != 0)
        {
            Pass<TVector, Two>(stamp, entries, y);
            entries += 2;
        }
        if ((count & 1) != 0)
            Pass<TVector, One>(stamp, entries, y);
    }

    /// <summary>One pass over y with as many entries as the type says; what it does not need is left out when it is compiled.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Pass<TVector, TEntries>(in Stamp stamp, StampEntry* entries, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
        where TEntries : struct, IEntries
    {
        nint length = stamp.Length, whole = length - length % TVector.Count;
        // First of all: a call keeps no vector in its register, and those below would be read from the stack at every step.
        var mask = whole < length ? TVector.FirstLanes((int)(length - whole)) : default;
        // Of fewer entries the last stands for those that are not there and not used.
        StampEntry* e1 = entries + (TEntries.Count > 1 ? 1 : 0), e2 = entries + (TEntries.Count > 2 ? 2 : 0);
        StampEntry* e3 = entries + (TEntries.Count > 2 ? 3 : 0), e4 = entries + (TEntries.Count > 4 ? 4 : 0);
        StampEntry* e5 = entries + (TEntries.Count > 4 ? 5 : 0), e6 = entries + (TEntries.Count > 4 ? 6 : 0);
        var e7 = entries + (TEntries.Count > 4 ? 7 : 0);
        var x0 = TVector.Create(entries->Value);
        var x1 = TVector.Create(e1->Value);
        var x2 = TVector.Create(e2->Value);
        var x3 = TVector.Create(e3->Value);
        var x4 = TVector.Create(e4->Value);
        var x5 = TVector.Create(e5->Value);
        var x6 = TVector.Create(e6->Value);
        var x7 = TVector.Create(e7->Value);
        var w0 = stamp.Filters + entries->Channel * stamp.FilterFloats;
        var w1 = stamp.Filters + e1->Channel * stamp.FilterFloats;
        var w2 = stamp.Filters + e2->Channel * stamp.FilterFloats;
        var w3 = stamp.Filters + e3->Channel * stamp.FilterFloats;
        var w4 = stamp.Filters + e4->Channel * stamp.FilterFloats;
        var w5 = stamp.Filters + e5->Channel * stamp.FilterFloats;
        var w6 = stamp.Filters + e6->Channel * stamp.FilterFloats;
        var w7 = stamp.Filters + e7->Channel * stamp.FilterFloats;
        for (var row = 0; row < stamp.Rows; row++)
        {
            nint from = row * stamp.FilterRow;
            var to = y + row * stamp.OutputRow;
            for (var run = 0; run < stamp.Runs; run++, from += length, to += stamp.OutputRun)
            {
                float* f0 = w0 + from, f1 = w1 + from, f2 = w2 + from, f3 = w3 + from;
                float* f4 = w4 + from, f5 = w5 + from, f6 = w6 + from, f7 = w7 + from;
                for (nint j = 0; j < length; j += TVector.Count)
                {
                    var old = TVector.Load(to + j);
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), old);
                    if (TEntries.Count > 1)
                        sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    if (TEntries.Count > 2)
                    {
                        sum = TVector.MultiplyAdd(x2, TVector.Load(f2 + j), sum);
                        sum = TVector.MultiplyAdd(x3, TVector.Load(f3 + j), sum);
                    }
                    if (TEntries.Count > 4)
                    {
                        sum = TVector.MultiplyAdd(x4, TVector.Load(f4 + j), sum);
                        sum = TVector.MultiplyAdd(x5, TVector.Load(f5 + j), sum);
                        sum = TVector.MultiplyAdd(x6, TVector.Load(f6 + j), sum);
                        sum = TVector.MultiplyAdd(x7, TVector.Load(f7 + j), sum);
                    }
                    if (j >= whole)
                        sum = TVector.Select(mask, sum, old);
                    sum.Store(to + j);
                }
            }
        }
    }

    /// <summary>How many entries pass together: 1, 2, 4 or 8.</summary>
    private interface IEntries
    {
        static abstract int Count { get; }
    }

    private readonly struct One : IEntries
    {
        public static int Count => 1;
    }

    private readonly struct Two : IEntries
    {
        public static int Count => 2;
    }

    private readonly struct Four : IEntries
    {
        public static int Count => 4;
    }

    private readonly struct Eight : IEntries
    {
        public static int Count => 8;
    }
}
