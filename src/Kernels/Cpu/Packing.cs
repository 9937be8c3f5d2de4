using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// Rearranges matrices into the panels a micro-kernel reads front to back: for every k the values of one panel's rows
/// (or columns) side by side. Rows and columns past the edge are zero.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Sixteen floats moved at once; the JIT turns a copy into the widest loads and stores there are.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct Chunk;

    /// <summary>Packs one panel of A: dst[k * panelRows + i] = a[i * rowStride + k * kStride], rows past count zero.</summary>
    public static void PackRows(float* a, nint rowStride, nint kStride, nint count, nint k, int panelRows, float* dst) =>
        PackRows((Float32Weight*)a, rowStride, kStride, count, k, panelRows, dst);

    /// <summary>
    /// Packs <paramref name="count"/> columns of B into panels, one after the other: in each
    /// dst[k * panelColumns + j] = b[k * kStride + j * columnStride], columns past count zero.
    /// </summary>
    public static void PackColumns(float* b, nint kStride, nint columnStride, nint count, nint k, int panelColumns, float* dst) =>
        PackColumns((Float32Weight*)b, kStride, columnStride, count, k, panelColumns, dst);

    /// <summary>The same of a B that is stored in any way, as the numbers that are multiplied.</summary>
    public static void PackColumns<TWeight>(
        TWeight* b, nint kStride, nint columnStride, nint count, nint k, int panelColumns, float* dst)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        nint j = 0;
        if (columnStride == 1)
        {
            // Several panels at a time: long runs to read, and few enough streams to write that they do not evict each other.
            for (nint panels; (panels = Math.Min(8, (count - j) / panelColumns)) > 0; j += panels * panelColumns)
                CopyPanels(b + j, kStride, k, panelColumns, (int)panels, dst + j * k);
        }
        for (; j < count; j += panelColumns)
        {
            var panel = Math.Min(panelColumns, count - j);
            PackRows(b + j * columnStride, columnStride, kStride, panel, k, panelColumns, dst + j * k);
        }
    }

    private static void PackRows<TWeight>(
        TWeight* a, nint rowStride, nint kStride, nint count, nint k, int panelRows, float* dst)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        if (kStride == 1)
        {
            TransposePanel(a, rowStride, (int)count, k, panelRows, dst);
            return;
        }
        for (nint p = 0; p < k; p++)
        {
            var from = a + p * kStride;
            for (nint i = 0; i < count; i++)
                dst[i] = TWeight.Value(from[i * rowStride]);
            for (var i = count; i < panelRows; i++)
                dst[i] = 0;
            dst += panelRows;
        }
    }

    /// <summary>Rows are too far apart for the processor to guess the next one.</summary>
    private const int PrefetchRows = 8;

    private static void CopyPanels<TWeight>(TWeight* b, nint kStride, nint k, int width, int panels, float* dst)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        for (nint p = 0; p < k; p++, b += kStride, dst += width)
        {
            var from = b;
            var to = dst;
            for (var panel = 0; panel < panels; panel++, to += width * k, from += width)
            {
                for (var j = 0; j < width; j += 16)
                {
                    if (Sse.IsSupported)
                        Sse.Prefetch0(from + j + PrefetchRows * kStride);
                    if (typeof(TWeight) == typeof(Float32Weight))
                    {
                        *(Chunk*)(to + j) = *(Chunk*)(from + j);
                        continue;
                    }
                    TWeight.Load(from + j).Store(to + j);
                    TWeight.Load(from + j + 8).Store(to + j + 8);
                }
            }
        }
    }

    /// <summary>dst[p * width + i] = src[i * stride + p] for i below count, zero from there to width.</summary>
    private static void TransposePanel<TWeight>(TWeight* src, nint stride, int count, nint k, int width, float* dst)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        var i = 0;
        if (Avx.IsSupported)
        {
            if (width == 6 && count == 6)
            {
                TransposeSix(src, stride, k, dst);
                return;
            }
            for (; i + 8 <= count; i += 8)
            {
                nint p = 0;
                for (; p + 8 <= k; p += 8)
                    Transpose8x8(src + i * stride + p, stride, dst + p * width + i, width);
                for (; p < k; p++)
                {
                    for (var r = 0; r < 8; r++)
                        dst[p * width + i + r] = TWeight.Value(src[(i + r) * stride + p]);
                }
            }
        }
        for (; i < count; i++)
        {
            var from = src + i * stride;
            var to = dst + i;
            for (nint p = 0; p < k; p++)
                to[p * width] = TWeight.Value(from[p]);
        }
        for (; i < width; i++)
        {
            var to = dst + i;
            for (nint p = 0; p < k; p++)
                to[p * width] = 0;
        }
    }

    /// <summary>dst[p * 6 + i] = src[i * stride + p]: each eight written spill two, which the next eight overwrite.</summary>
    private static void TransposeSix<TWeight>(TWeight* src, nint stride, nint k, float* dst)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        nint p = 0;
        TWeight* s0 = src, s1 = s0 + stride, s2 = s1 + stride, s3 = s2 + stride, s4 = s3 + stride, s5 = s4 + stride;
        // The last column is left to plain moves: its spill would land in another thread's panel.
        for (; p + 8 < k; p += 8)
            Transpose8x8(s0 + p, s1 + p, s2 + p, s3 + p, s4 + p, s5 + p, s5 + p, s5 + p, dst + p * 6, 6);
        for (; p < k; p++)
        {
            for (var i = 0; i < 6; i++)
                dst[p * 6 + i] = TWeight.Value(src[i * stride + p]);
        }
    }

    /// <summary>Transposes 8 rows of 8 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(float* src, nint stride, float* dst, nint dstStride) =>
        Transpose8x8((Float32Weight*)src, stride, dst, dstStride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8<TWeight>(TWeight* src, nint stride, float* dst, nint dstStride)
        where TWeight : unmanaged, IWeight<TWeight> =>
        Transpose8x8(
            src, src + stride, src + 2 * stride, src + 3 * stride,
            src + 4 * stride, src + 5 * stride, src + 6 * stride, src + 7 * stride, dst, dstStride);

    /// <summary>Transposes 8 rows of 8 floats that lie anywhere; needs AVX.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(
        float* s0, float* s1, float* s2, float* s3, float* s4, float* s5, float* s6, float* s7,
        float* dst, nint dstStride) =>
        Transpose8x8(
            (Float32Weight*)s0, (Float32Weight*)s1, (Float32Weight*)s2, (Float32Weight*)s3,
            (Float32Weight*)s4, (Float32Weight*)s5, (Float32Weight*)s6, (Float32Weight*)s7, dst, dstStride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8<TWeight>(
        TWeight* s0, TWeight* s1, TWeight* s2, TWeight* s3, TWeight* s4, TWeight* s5, TWeight* s6, TWeight* s7,
        float* dst, nint dstStride)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        // Halves are joined by the loads, so that only in-lane shuffles follow.
        var a0 = Join(s0, s4);
        var a1 = Join(s1, s5);
        var a2 = Join(s2, s6);
        var a3 = Join(s3, s7);
        var b0 = Join(s0 + 4, s4 + 4);
        var b1 = Join(s1 + 4, s5 + 4);
        var b2 = Join(s2 + 4, s6 + 4);
        var b3 = Join(s3 + 4, s7 + 4);
        Transpose4x4(a0, a1, a2, a3, dst, dstStride);
        Transpose4x4(b0, b1, b2, b3, dst + 4 * dstStride, dstStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join<TWeight>(TWeight* low, TWeight* high)
        where TWeight : unmanaged, IWeight<TWeight> =>
        Avx.InsertVector128(Vector256.Create(TWeight.LoadFour(low), default), TWeight.LoadFour(high), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(
        Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3, float* dst, nint stride)
    {
        var t0 = Avx.UnpackLow(r0, r1);
        var t1 = Avx.UnpackHigh(r0, r1);
        var t2 = Avx.UnpackLow(r2, r3);
        var t3 = Avx.UnpackHigh(r2, r3);
        Avx.Shuffle(t0, t2, 0x44).Store(dst);
        Avx.Shuffle(t0, t2, 0xEE).Store(dst + stride);
        Avx.Shuffle(t1, t3, 0x44).Store(dst + 2 * stride);
        Avx.Shuffle(t1, t3, 0xEE).Store(dst + 3 * stride);
    }
}
