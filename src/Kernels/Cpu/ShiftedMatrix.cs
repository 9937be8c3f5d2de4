using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// The right-hand matrix of a convolution that is never written down: row k, column (y, x) of the output grid is
/// Source[Offsets[k] + y * Pitch + x].
/// </summary>
internal unsafe struct ShiftedMatrix
{
    /// <summary>The copied planes of one image and group (see <see cref="PlaneLayout"/>).</summary>
    public float* Source;

    /// <summary>One offset a row.</summary>
    public nint* Offsets;

    /// <summary>Floats between rows of the source planes.</summary>
    public nint Pitch;

    /// <summary>Rows and columns of the output grid.</summary>
    public int GridRows, GridColumns;

    public readonly nint Columns => (nint)GridRows * GridColumns;

    /// <summary>A run of columns that lie side by side in the source.</summary>
    private struct Segment
    {
        /// <summary>Floats from Source + Offsets[k].</summary>
        public nint From;

        /// <summary>First column of the panel.</summary>
        public int At;

        /// <summary>Chunks of 16 columns to move.</summary>
        public int Chunks;
    }

    /// <summary>
    /// Packs one panel of <paramref name="width"/> columns from <paramref name="column"/> on, rows <paramref name="k"/>
    /// up to k + <paramref name="count"/>. Columns past the grid get arbitrary values.
    /// </summary>
    /// <remarks>
    /// A panel that crosses output rows is two or more runs. Each run is moved in whole chunks of 16 floats, from left to
    /// right and k ascending, so that what a chunk writes too much the next run or the next k overwrites; the last k of a
    /// panel spills at most 15 floats into what follows, and reads as many past the source.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void PackPanel(nint column, int width, nint k, nint count, float* target)
    {
        var segments = stackalloc Segment[width];
        var used = FindSegments(column, width, segments);
        var source = Source;
        var offset = Offsets + k;
        var end = offset + count;
        if (width == 16 && used <= 2)
        {
            var first = source + segments[0].From;
            if (used == 1)
            {
                for (; offset < end; offset++, target += 16)
                    *(Packing.Chunk*)target = *(Packing.Chunk*)(first + *offset);
                return;
            }
            var second = source + segments[1].From;
            var at = segments[1].At;
            for (; offset < end; offset++, target += 16)
            {
                *(Packing.Chunk*)target = *(Packing.Chunk*)(first + *offset);
                *(Packing.Chunk*)(target + at) = *(Packing.Chunk*)(second + *offset);
            }
            return;
        }
        for (; offset < end; offset++, target += width)
        {
            for (var s = 0; s < used; s++)
            {
                var from = source + segments[s].From + *offset;
                var to = target + segments[s].At;
                for (var chunk = 0; chunk < segments[s].Chunks; chunk++)
                    *(Packing.Chunk*)(to + chunk * 16) = *(Packing.Chunk*)(from + chunk * 16);
            }
        }
    }

    private readonly int FindSegments(nint column, int width, Segment* segments)
    {
        int y = (int)(column / GridColumns), x = (int)(column % GridColumns);
        int used = 0, at = 0;
        while (at < width && y < GridRows)
        {
            var length = Math.Min(GridColumns - x, width - at);
            segments[used++] = new Segment { From = y * Pitch + x, At = at, Chunks = (length + 15) / 16 };
            at += length;
            x = 0;
            y++;
        }
        return used;
    }

    /// <summary>
    /// Packs one panel of the transposed matrix: target[p * width + j] = row <paramref name="row"/> + j at column
    /// <paramref name="column"/> + p, for <paramref name="rows"/> rows (zero from there to width) and
    /// <paramref name="count"/> columns. May write up to 7 * width floats past the panel.
    /// </summary>
    public readonly void PackTransposedPanel(nint row, int rows, int width, nint column, nint count, float* target)
    {
        int y = (int)(column / GridColumns), x = (int)(column % GridColumns);
        while (count > 0)
        {
            var length = (int)Math.Min(GridColumns - x, count);
            Transpose(Source + y * Pitch + x, Offsets + row, rows, width, length, target);
            target += (nint)length * width;
            count -= length;
            x = 0;
            y++;
        }
    }

    /// <summary>One run of columns: blocks of 8 x 8, the last block's surplus overwritten by the next run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, nint* offsets, int rows, int width, int length, float* target)
    {
        var j = 0;
        if (System.Runtime.Intrinsics.X86.Avx.IsSupported)
        {
            for (; j + 8 <= rows; j += 8)
            {
                var o = offsets + j;
                float* s0 = source + o[0], s1 = source + o[1], s2 = source + o[2], s3 = source + o[3];
                float* s4 = source + o[4], s5 = source + o[5], s6 = source + o[6], s7 = source + o[7];
                var to = target + j;
                for (var p = 0; p < length; p += 8)
                {
                    Packing.Transpose8x8(
                        s0 + p, s1 + p, s2 + p, s3 + p, s4 + p, s5 + p, s6 + p, s7 + p, to, width);
                    to += 8 * width;
                }
            }
        }
        for (; j < rows; j++)
        {
            var from = source + offsets[j];
            var to = target + j;
            for (var p = 0; p < length; p++)
                to[(nint)p * width] = from[p];
        }
        if (j < width)
        {
            for (var p = 0; p < length; p++)
                new Span<float>(target + (nint)p * width + j, width - j).Clear();
        }
    }
}
