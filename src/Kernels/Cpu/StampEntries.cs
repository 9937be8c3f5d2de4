using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// The values of x [N, C, H, W] that are not zero, position by position: for every image and every group of some channels
/// the positions in order, and in each the channels in order. NaN is not zero.
/// </summary>
internal unsafe ref struct StampEntries : IDisposable
{
    private readonly Scratch _ends;
    private readonly Scratch _bases;
    private readonly Scratch _entries;

    /// <summary>Collects, all threads together.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="x">[images, channels, plane].</param>
    /// <param name="images">Images times channel groups that do not see each other.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="plane">Positions.</param>
    /// <param name="group">Channels of a list.</param>
    public StampEntries(WorkerPool pool, float* x, nint images, int channels, int plane, int group)
    {
        Plane = plane;
        Groups = (channels + group - 1) / group;
        var lists = images * Groups;
        _ends = new Scratch(lists * plane);
        _bases = new Scratch((lists + 1) * (sizeof(long) / sizeof(float)));
        Ends = (int*)_ends.Floats;
        Bases = (long*)_bases.Floats;
        var body = new Body { X = x, Channels = channels, Group = group, Groups = Groups, Plane = plane, Ends = Ends, Bases = Bases };
        pool.Run(lists, body);
        long total = 0;
        for (nint list = 0; list < lists; list++)
            (Bases[list], total) = (total, total + Bases[list]);
        _entries = new Scratch(total * (sizeof(StampEntry) / sizeof(float)));
        Entries = (StampEntry*)_entries.Floats;
        body.Entries = Entries;
        pool.Run(lists, body);
    }

    /// <summary>Lists of an image.</summary>
    public int Groups { get; }

    /// <summary>Positions of a list.</summary>
    public int Plane { get; }

    /// <summary>Where each position's entries end, counted from the list's first.</summary>
    public int* Ends { get; }

    /// <summary>Each list's first entry.</summary>
    public long* Bases { get; }

    public StampEntry* Entries { get; }

    public void Dispose()
    {
        _entries.Dispose();
        _bases.Dispose();
        _ends.Dispose();
    }

    /// <summary>One list: counted first, then, when there is room for the entries, written.</summary>
    private struct Body : IParallelBody
    {
        public float* X;
        public int Channels;
        public int Group;
        public int Groups;
        public int Plane;
        public int* Ends;
        public long* Bases;
        public StampEntry* Entries;

        public readonly void Run(long index, int worker)
        {
            nint image = (nint)index / Groups, first = (nint)index % Groups * Group;
            var count = (int)Math.Min(Group, Channels - first);
            var ends = Ends + (nint)index * Plane;
            var x = X + (image * Channels + first) * Plane;
            if (Entries == null)
                Bases[index] = Count(x, count, ends);
            else
                Write(x, (int)first, count, ends, Entries + Bases[index]);
        }

        /// <summary>Leaves where each position's entries begin: writing moves that on to their end.</summary>
        private readonly long Count(float* x, int channels, int* ends)
        {
            new Span<int>(ends, Plane).Clear();
            for (var channel = 0; channel < channels; channel++, x += Plane)
            {
                for (var at = 0; at < Plane; at += 8)
                {
                    for (var bits = NotZero(x, at); bits != 0; bits &= bits - 1)
                        ends[at + BitOperations.TrailingZeroCount(bits)]++;
                }
            }
            var total = 0;
            for (var position = 0; position < Plane; position++)
                (ends[position], total) = (total, total + ends[position]);
            return total;
        }

        private readonly void Write(float* x, int first, int channels, int* ends, StampEntry* entries)
        {
            for (var channel = 0; channel < channels; channel++, x += Plane)
            {
                for (var at = 0; at < Plane; at += 8)
                {
                    for (var bits = NotZero(x, at); bits != 0; bits &= bits - 1)
                    {
                        var position = at + BitOperations.TrailingZeroCount(bits);
                        entries[ends[position]++] = new StampEntry(x[position], first + channel);
                    }
                }
            }
        }

        /// <summary>One bit for each of the next eight positions, set where the value is not zero.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly uint NotZero(float* x, int at)
        {
            if (at + 8 <= Plane)
                return ~Vector256.Equals(Vector256.Load(x + at), Vector256<float>.Zero).ExtractMostSignificantBits() & 0xFF;
            var bits = 0u;
            for (var i = 0; at + i < Plane; i++)
                bits |= x[at + i] == 0 ? 0u : 1u << i;
            return bits;
        }
    }
}
