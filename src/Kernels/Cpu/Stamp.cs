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
            Eight<TVector>(stamp, entries, y);
        if (count >= 4)
        {
            Four<TVector>(stamp, entries, y);
            count -= 4;
            entries += 4;
        }
        if (count >= 2)
        {
            Two<TVector>(stamp, entries, y);
            entries += 2;
        }
        if ((count & 1) != 0)
            One<TVector>(stamp, entries, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<TVector>(in Stamp stamp, StampEntry* entries, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        var x0 = TVector.Create(entries[0].Value);
        var x1 = TVector.Create(entries[1].Value);
        var x2 = TVector.Create(entries[2].Value);
        var x3 = TVector.Create(entries[3].Value);
        var x4 = TVector.Create(entries[4].Value);
        var x5 = TVector.Create(entries[5].Value);
        var x6 = TVector.Create(entries[6].Value);
        var x7 = TVector.Create(entries[7].Value);
        var w0 = stamp.Filters + entries[0].Channel * stamp.FilterFloats;
        var w1 = stamp.Filters + entries[1].Channel * stamp.FilterFloats;
        var w2 = stamp.Filters + entries[2].Channel * stamp.FilterFloats;
        var w3 = stamp.Filters + entries[3].Channel * stamp.FilterFloats;
        var w4 = stamp.Filters + entries[4].Channel * stamp.FilterFloats;
        var w5 = stamp.Filters + entries[5].Channel * stamp.FilterFloats;
        var w6 = stamp.Filters + entries[6].Channel * stamp.FilterFloats;
        var w7 = stamp.Filters + entries[7].Channel * stamp.FilterFloats;
        nint length = stamp.Length, whole = length - length % TVector.Count;
        var mask = whole < length ? TVector.FirstLanes((int)(length - whole)) : default;
        for (var row = 0; row < stamp.Rows; row++)
        {
            nint from = row * stamp.FilterRow;
            var to = y + row * stamp.OutputRow;
            for (var run = 0; run < stamp.Runs; run++, from += length, to += stamp.OutputRun)
            {
                float* f0 = w0 + from, f1 = w1 + from, f2 = w2 + from, f3 = w3 + from;
                float* f4 = w4 + from, f5 = w5 + from, f6 = w6 + from, f7 = w7 + from;
                nint j = 0;
                for (; j < whole; j += TVector.Count)
                {
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), TVector.Load(to + j));
                    sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    sum = TVector.MultiplyAdd(x2, TVector.Load(f2 + j), sum);
                    sum = TVector.MultiplyAdd(x3, TVector.Load(f3 + j), sum);
                    sum = TVector.MultiplyAdd(x4, TVector.Load(f4 + j), sum);
                    sum = TVector.MultiplyAdd(x5, TVector.Load(f5 + j), sum);
                    sum = TVector.MultiplyAdd(x6, TVector.Load(f6 + j), sum);
                    TVector.MultiplyAdd(x7, TVector.Load(f7 + j), sum).Store(to + j);
                }
                if (j < length)
                {
                    var old = TVector.Load(to + j);
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), old);
                    sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    sum = TVector.MultiplyAdd(x2, TVector.Load(f2 + j), sum);
                    sum = TVector.MultiplyAdd(x3, TVector.Load(f3 + j), sum);
                    sum = TVector.MultiplyAdd(x4, TVector.Load(f4 + j), sum);
                    sum = TVector.MultiplyAdd(x5, TVector.Load(f5 + j), sum);
                    sum = TVector.MultiplyAdd(x6, TVector.Load(f6 + j), sum);
                    sum = TVector.MultiplyAdd(x7, TVector.Load(f7 + j), sum);
                    TVector.Select(mask, sum, old).Store(to + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TVector>(in Stamp stamp, StampEntry* entries, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        var x0 = TVector.Create(entries[0].Value);
        var x1 = TVector.Create(entries[1].Value);
        var x2 = TVector.Create(entries[2].Value);
        var x3 = TVector.Create(entries[3].Value);
        var w0 = stamp.Filters + entries[0].Channel * stamp.FilterFloats;
        var w1 = stamp.Filters + entries[1].Channel * stamp.FilterFloats;
        var w2 = stamp.Filters + entries[2].Channel * stamp.FilterFloats;
        var w3 = stamp.Filters + entries[3].Channel * stamp.FilterFloats;
        nint length = stamp.Length, whole = length - length % TVector.Count;
        var mask = whole < length ? TVector.FirstLanes((int)(length - whole)) : default;
        for (var row = 0; row < stamp.Rows; row++)
        {
            nint from = row * stamp.FilterRow;
            var to = y + row * stamp.OutputRow;
            for (var run = 0; run < stamp.Runs; run++, from += length, to += stamp.OutputRun)
            {
                float* f0 = w0 + from, f1 = w1 + from, f2 = w2 + from, f3 = w3 + from;
                nint j = 0;
                for (; j < whole; j += TVector.Count)
                {
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), TVector.Load(to + j));
                    sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    sum = TVector.MultiplyAdd(x2, TVector.Load(f2 + j), sum);
                    TVector.MultiplyAdd(x3, TVector.Load(f3 + j), sum).Store(to + j);
                }
                if (j < length)
                {
                    var old = TVector.Load(to + j);
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), old);
                    sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    sum = TVector.MultiplyAdd(x2, TVector.Load(f2 + j), sum);
                    sum = TVector.MultiplyAdd(x3, TVector.Load(f3 + j), sum);
                    TVector.Select(mask, sum, old).Store(to + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two<TVector>(in Stamp stamp, StampEntry* entries, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        var x0 = TVector.Create(entries[0].Value);
        var x1 = TVector.Create(entries[1].Value);
        var w0 = stamp.Filters + entries[0].Channel * stamp.FilterFloats;
        var w1 = stamp.Filters + entries[1].Channel * stamp.FilterFloats;
        nint length = stamp.Length, whole = length - length % TVector.Count;
        var mask = whole < length ? TVector.FirstLanes((int)(length - whole)) : default;
        for (var row = 0; row < stamp.Rows; row++)
        {
            nint from = row * stamp.FilterRow;
            var to = y + row * stamp.OutputRow;
            for (var run = 0; run < stamp.Runs; run++, from += length, to += stamp.OutputRun)
            {
                float* f0 = w0 + from, f1 = w1 + from;
                nint j = 0;
                for (; j < whole; j += TVector.Count)
                {
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), TVector.Load(to + j));
                    TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum).Store(to + j);
                }
                if (j < length)
                {
                    var old = TVector.Load(to + j);
                    var sum = TVector.MultiplyAdd(x0, TVector.Load(f0 + j), old);
                    sum = TVector.MultiplyAdd(x1, TVector.Load(f1 + j), sum);
                    TVector.Select(mask, sum, old).Store(to + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TVector>(in Stamp stamp, StampEntry* entries, float* y)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        var x0 = TVector.Create(entries[0].Value);
        var w0 = stamp.Filters + entries[0].Channel * stamp.FilterFloats;
        nint length = stamp.Length, whole = length - length % TVector.Count;
        var mask = whole < length ? TVector.FirstLanes((int)(length - whole)) : default;
        for (var row = 0; row < stamp.Rows; row++)
        {
            nint from = row * stamp.FilterRow;
            var to = y + row * stamp.OutputRow;
            for (var run = 0; run < stamp.Runs; run++, from += length, to += stamp.OutputRun)
            {
                var f0 = w0 + from;
                nint j = 0;
                for (; j < whole; j += TVector.Count)
                    TVector.MultiplyAdd(x0, TVector.Load(f0 + j), TVector.Load(to + j)).Store(to + j);
                if (j < length)
                {
                    var old = TVector.Load(to + j);
                    TVector.Select(mask, TVector.MultiplyAdd(x0, TVector.Load(f0 + j), old), old).Store(to + j);
                }
            }
        }
    }
}
