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
    /// <summary>Longest padded row that is split by vectors.</summary>
    private const int MostPadded = 1024;

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
        var padded = stackalloc float[MostPadded];
        var splits = Avx2.IsSupported && SplitW is 2 or 4 && Columns is >= 8 && (long)Columns * SplitW <= MostPadded;
        for (var a = 0; a < SplitH; a++, target += (nint)SplitW * Rows * Columns)
        {
            for (var row = 0; row < Rows; row++)
            {
                var h = (long)row * SplitH + a - LowH;
                var lines = target + (nint)row * Columns;
                if (splits && h >= 0 && h < H)
                {
                    CopyRow(source + h * W, new Span<float>(padded, Columns * SplitW), 1, -LowW);
                    SplitRow(padded, lines);
                    continue;
                }
                for (var b = 0; b < SplitW; b++)
                {
                    var line = new Span<float>(lines + (nint)b * Rows * Columns, Columns);
                    if (h < 0 || h >= H)
                        line.Clear();
                    else
                        CopyRow(source + h * W, line, SplitW, b - LowW);
                }
            }
        }
    }

    /// <summary>One padded row to its phases, eight columns of each at a time; the last eight overlap those before.</summary>
    private void SplitRow(float* padded, float* lines)
    {
        nint phase = (nint)Rows * Columns;
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
    }

    /// <summary>Every other of sixteen floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Even, Vector256<float> Odd) Split(Vector256<float> low, Vector256<float> high)
    {
        var even = Avx.Shuffle(low, high, 0x88).AsDouble();
        var odd = Avx.Shuffle(low, high, 0xDD).AsDouble();
        return (Avx2.Permute4x64(even, 0xD8).AsSingle(), Avx2.Permute4x64(odd, 0xD8).AsSingle());
    }

    /// <summary>line[i] = row[first + i * step], zero outside the row.</summary>
    private void CopyRow(float* row, Span<float> line, int step, int first)
    {
        var start = first >= 0 ? 0 : Math.Min(line.Length, (-first + step - 1) / step);
        var room = (long)W - first;
        var end = room <= 0 ? start : (int)Math.Clamp((room + step - 1) / step, start, line.Length);
        line[..start].Clear();
        line[end..].Clear();
        var inside = line[start..end];
        if (inside.IsEmpty)
            return;
        var from = row + first + (long)start * step;
        if (step == 1)
        {
            new ReadOnlySpan<float>(from, inside.Length).CopyTo(inside);
            return;
        }
        for (var i = 0; i < inside.Length; i++)
            inside[i] = from[(long)i * step];
    }
}
