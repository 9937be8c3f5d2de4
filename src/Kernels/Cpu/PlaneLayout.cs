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
                SplitRow(padded + row * width, target + Offset(first + row, 0));
        }
    }

    /// <summary>One padded row to its phases, eight or four columns of each at a time; the last ones overlap those before.</summary>
    private void SplitRow(float* padded, float* lines)
    {
        nint phase = (nint)Rows * Columns;
        if (Avx2.IsSupported && Columns >= 8)
        {
            for (var i = 0; i < Columns; i += 8)
            {
                var at = Math.Min(i, Columns - 8);
                var from = padded + at * SplitW;
                var (even, odd) = Split(Vector256.Load(from), Vector256.Load(from + 8));
                if (SplitW == 2)
                {
                    even.Store(lines + at);
                    odd.Store(lines + phase + at);
                    continue;
                }
                var (even2, odd2) = Split(Vector256.Load(from + 16), Vector256.Load(from + 24));
                var (first, third) = Split(even, even2);
                var (second, fourth) = Split(odd, odd2);
                first.Store(lines + at);
                second.Store(lines + phase + at);
                third.Store(lines + 2 * phase + at);
                fourth.Store(lines + 3 * phase + at);
            }
            return;
        }
        for (var i = 0; i < Columns; i += 4)
        {
            var at = Math.Min(i, Columns - 4);
            var from = padded + at * SplitW;
            var (even, odd) = Split(Vector128.Load(from), Vector128.Load(from + 4));
            if (SplitW == 2)
            {
                even.Store(lines + at);
                odd.Store(lines + phase + at);
                continue;
            }
            var (even2, odd2) = Split(Vector128.Load(from + 8), Vector128.Load(from + 12));
            var (first, third) = Split(even, even2);
            var (second, fourth) = Split(odd, odd2);
            first.Store(lines + at);
            second.Store(lines + phase + at);
            third.Store(lines + 2 * phase + at);
            fourth.Store(lines + 3 * phase + at);
        }
    }

    /// <summary>Every other of sixteen floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Even, Vector256<float> Odd) Split(Vector256<float> low, Vector256<float> high)
    {
        var even = Avx.Shuffle(low, high, 0x88).AsDouble();
        var odd = Avx.Shuffle(low, high, 0xDD).AsDouble();
        return (Avx2.Permute4x64(even, 0xD8).AsSingle(), Avx2.Permute4x64(odd, 0xD8).AsSingle());
    }

    /// <summary>Every other of eight floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Even, Vector128<float> Odd) Split(Vector128<float> low, Vector128<float> high) =>
        (Sse.Shuffle(low, high, 0x88), Sse.Shuffle(low, high, 0xDD));

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
