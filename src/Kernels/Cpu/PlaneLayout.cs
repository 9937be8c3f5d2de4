using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// How one channel plane is copied before a convolution reads it: with its zero border, and for a stride above 1 split
/// into one plane for every phase (row mod stride, column mod stride).
/// </summary>
/// <remarks>
/// After that every filter tap reads a window of the copy that is a plain shift of the next tap's, with unit step, for
/// any stride, padding and dilation: one offset a tap is all that packing needs to know. The copy costs one pass over
/// the input, Kernel.H * Kernel.W times less than an im2col.
/// </remarks>
internal readonly unsafe struct PlaneLayout
{
    /// <summary>Floats of padded rows that are split at once.</summary>
    private const int Staged = 2048;

    /// <summary>Height and width of the plane that is copied.</summary>
    public readonly int H, W;

    /// <summary>Number of phases down and across (the stride).</summary>
    public readonly int SplitH, SplitW;

    /// <summary>Zero rows above and zero columns left of the plane (negative: rows and columns left out).</summary>
    public readonly int LowH, LowW;

    /// <summary>Rows and columns of one phase plane.</summary>
    public readonly int Rows, Columns;

    public PlaneLayout(int h, int w, int splitH, int splitW, int lowH, int lowW, int rows, int columns)
    {
        (H, W, SplitH, SplitW, LowH, LowW, Rows, Columns) = (h, w, splitH, splitW, lowH, lowW, rows, columns);
    }

    /// <summary>The same of the padded plane from a row on.</summary>
    public PlaneLayout Below(int row) => new(H, W, SplitH, SplitW, LowH - row, LowW, Rows, Columns);

    /// <summary>Floats of the copy of one channel.</summary>
    public nint Floats => (nint)SplitH * SplitW * Rows * Columns;

    /// <summary>Where the cell lies that the padded plane has at (row, column).</summary>
    public nint Offset(int row, int column) =>
        (((nint)(row % SplitH) * SplitW + column % SplitW) * Rows + row / SplitH) * Columns + column / SplitW;

    /// <summary>Copies one plane.</summary>
    public void Copy(float* source, float* target)
    {
        var width = (long)Columns * SplitW;
        if (Sse.IsSupported && SplitW is 2 or 4 && Columns >= 4 && width <= Staged)
        {
            CopySplit(source, target, (int)width);
            return;
        }
        for (var a = 0; a < SplitH; a++)
        {
            for (var b = 0; b < SplitW; b++)
            {
                for (var row = 0; row < Rows; row++, target += Columns)
                    CopyRow(source, (long)row * SplitH + a - LowH, new Span<float>(target, Columns), SplitW, b - LowW);
            }
        }
    }

    /// <summary>
    /// Some padded rows at a time, and then their phases by vectors: read right after it was written, in other pieces, a row would
    /// have to wait for its stores.
    /// </summary>
    private void CopySplit(float* source, float* target, int width)
    {
        var padded = stackalloc float[Staged];
        var most = Staged / width;
        for (var first = 0; first < Rows * SplitH; first += most)
        {
            var count = Math.Min(most, Rows * SplitH - first);
            for (var row = 0; row < count; row++)
                CopyRow(source, (long)first + row - LowH, new Span<float>(padded + row * width, width), 1, -LowW);
            for (var row = 0; row < count; row++)
            {
                if (Avx2.IsSupported && Columns >= Eight.Count)
                    SplitRow<Eight>(padded + row * width, target + Offset(first + row, 0));
                else
                    SplitRow<Four>(padded + row * width, target + Offset(first + row, 0));
            }
        }
    }

    /// <summary>One padded row to its phases, some columns of each at a time; the last ones overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SplitRow<TLanes>(float* padded, float* lines)
        where TLanes : struct, ILanes<TLanes>
    {
        nint phase = (nint)Rows * Columns;
        for (var i = 0; i < Columns; i += TLanes.Count)
        {
            var at = Math.Min(i, Columns - TLanes.Count);
            var from = padded + at * SplitW;
            var (even, odd) = TLanes.Split(TLanes.Load(from), TLanes.Load(from + TLanes.Count));
            if (SplitW == 2)
            {
                even.Store(lines + at);
                odd.Store(lines + phase + at);
                continue;
            }
            var (even2, odd2) = TLanes.Split(TLanes.Load(from + 2 * TLanes.Count), TLanes.Load(from + 3 * TLanes.Count));
            var (first, third) = TLanes.Split(even, even2);
            var (second, fourth) = TLanes.Split(odd, odd2);
            first.Store(lines + at);
            second.Store(lines + phase + at);
            third.Store(lines + 2 * phase + at);
            fourth.Store(lines + 3 * phase + at);
        }
    }

    /// <summary>A vector of floats.</summary>
    private interface ILanes<TLanes>
        where TLanes : struct, ILanes<TLanes>
    {
        static abstract int Count { get; }

        static abstract TLanes Load(float* from);

        /// <summary>Every other float of two vectors.</summary>
        static abstract (TLanes Even, TLanes Odd) Split(TLanes low, TLanes high);

        void Store(float* to);
    }

    private readonly struct Eight(Vector256<float> vector) : ILanes<Eight>
    {
        private readonly Vector256<float> _vector = vector;

        public static int Count => 8;

        public static Eight Load(float* from) => new(Vector256.Load(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Eight Even, Eight Odd) Split(Eight low, Eight high)
        {
            var even = Avx.Shuffle(low._vector, high._vector, 0x88).AsDouble();
            var odd = Avx.Shuffle(low._vector, high._vector, 0xDD).AsDouble();
            return (new(Avx2.Permute4x64(even, 0xD8).AsSingle()), new(Avx2.Permute4x64(odd, 0xD8).AsSingle()));
        }

        public void Store(float* to) => _vector.Store(to);
    }

    private readonly struct Four(Vector128<float> vector) : ILanes<Four>
    {
        private readonly Vector128<float> _vector = vector;

        public static int Count => 4;

        public static Four Load(float* from) => new(Vector128.Load(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Four Even, Four Odd) Split(Four low, Four high) =>
            (new(Sse.Shuffle(low._vector, high._vector, 0x88)), new(Sse.Shuffle(low._vector, high._vector, 0xDD)));

        public void Store(float* to) => _vector.Store(to);
    }

    /// <summary>line[i] = plane[h, first + i * step], zero outside the plane.</summary>
    private void CopyRow(float* plane, long h, Span<float> line, int step, int first)
    {
        if (h < 0 || h >= H)
        {
            line.Clear();
            return;
        }
        var start = first >= 0 ? 0 : Math.Min(line.Length, (-first + step - 1) / step);
        var room = (long)W - first;
        var end = room <= 0 ? start : (int)Math.Clamp((room + step - 1) / step, start, line.Length);
        line[..start].Clear();
        line[end..].Clear();
        var inside = line[start..end];
        if (inside.IsEmpty)
            return;
        var from = plane + h * W + first + (long)start * step;
        if (step == 1)
        {
            new ReadOnlySpan<float>(from, inside.Length).CopyTo(inside);
            return;
        }
        for (var i = 0; i < inside.Length; i++)
            inside[i] = from[(long)i * step];
    }
}
