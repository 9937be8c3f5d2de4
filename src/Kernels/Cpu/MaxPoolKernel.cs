using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// Max-pooling with switches. Eight windows of a row are scanned at once, cell by cell in row-major order, with the
/// value and its position kept by the same mask, so ties and NaN fall exactly as in the plain loops: a strictly larger
/// value takes over, and so does a NaN. Strides 1 and 2 (by de-interleaving two loads) are vectors; windows that hang
/// over a side, and other strides, are plain. A task is one plane.
/// </summary>
internal unsafe struct MaxPoolKernel : IParallelBody
{
    private Pool2dGeometry _g;
    private int _oh;
    private int _ow;
    private float* _x;
    private float* _y;
    private int* _switches;

    public static void Run(WorkerPool pool, in Pool2dGeometry g, float* x, float* y, int* switches) =>
        pool.Run(g.Planes, new MaxPoolKernel { _g = g, _oh = g.OH, _ow = g.OW, _x = x, _y = y, _switches = switches });

    public readonly void Run(long index, int worker)
    {
        var plane = _x + index * _g.H * _g.W;
        var y = _y + index * _oh * _ow;
        var switches = _switches + index * _oh * _ow;
        var (vectorStart, vectorEnd) = VectorRange();
        for (var oh = 0; oh < _oh; oh++, y += _ow, switches += _ow)
        {
            var (top, bottom) = _g.Rows(oh);
            for (var ow = 0; ow < vectorStart; ow++)
                One(plane, top, bottom, ow, y, switches);
            var at = vectorStart;
            while (at < vectorEnd)
            {
                // The last group steps back to end with the range: it computes some windows twice, alike.
                var first = Math.Min(at, vectorEnd - 8);
                Eight(plane, top, bottom, first, y, switches);
                at = first + 8;
            }
            for (var ow = Math.Max(vectorStart, vectorEnd); ow < _ow; ow++)
                One(plane, top, bottom, ow, y, switches);
        }
    }

    /// <summary>The windows that may be taken eight at a time: whole ones, whose loads stay inside the row.</summary>
    private readonly (int Start, int End) VectorRange()
    {
        int stride = _g.Stride.W, padding = _g.Padding.W;
        if (!Avx2.IsSupported || stride > 2)
            return (0, 0);
        var start = (padding + stride - 1) / stride;
        // Group x0 loads columns up to x0 * stride - padding + kernel - 1 + 8 * stride - 1.
        var room = _g.W - (_g.Kernel.W - 1 + 8 * stride) + padding;
        var end = room < 0 ? 0 : Math.Min(room / stride + 8, _ow);
        return end - start < 8 ? (0, 0) : (start, end);
    }

    private readonly void One(float* plane, int top, int bottom, int ow, float* y, int* switches)
    {
        var (left, right) = _g.Columns(ow);
        var best = top * _g.W + left;
        var maximum = float.NegativeInfinity;
        for (var h = top; h < bottom; h++)
        {
            for (var w = left; w < right; w++)
            {
                var value = plane[h * _g.W + w];
                if (value > maximum || float.IsNaN(value))
                {
                    maximum = value;
                    best = h * _g.W + w;
                }
            }
        }
        y[ow] = maximum;
        switches[ow] = best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Eight(float* plane, int top, int bottom, int ow, float* y, int* switches)
    {
        var stride = _g.Stride.W;
        var left = ow * stride - _g.Padding.W;
        var kernel = _g.Kernel.W;
        var maximum = Vector256.Create(float.NegativeInfinity);
        var lanes = stride == 1 ? Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7) : Vector256.Create(0, 2, 4, 6, 8, 10, 12, 14);
        var best = lanes + Vector256.Create(top * _g.W + left);
        for (var h = top; h < bottom; h++)
        {
            var row = plane + h * _g.W + left;
            var position = lanes + Vector256.Create(h * _g.W + left);
            for (var k = 0; k < kernel; k++)
            {
                var value = Vector256.Load(row + k);
                if (stride == 2)
                {
                    var even = Avx.Shuffle(value, Vector256.Load(row + k + 8), 0x88);
                    value = Avx2.Permute4x64(even.AsDouble(), 0xD8).AsSingle();
                }
                // Strictly larger, or NaN. (A maximum that is NaN compares false, so only another NaN replaces it.)
                var takes = Avx.CompareGreaterThan(value, maximum) | Avx.CompareUnordered(value, value);
                maximum = Vector256.ConditionalSelect(takes, value, maximum);
                best = Vector256.ConditionalSelect(takes.AsInt32(), position, best);
                position += Vector256<int>.One;
            }
        }
        maximum.Store(y + ow);
        best.Store(switches + ow);
    }
}
