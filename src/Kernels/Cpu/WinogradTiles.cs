using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// One of Winograd's minimal algorithms F(m, r) in one dimension: m outputs of an r-tap filter from m + r - 1 inputs with as
/// many products, y = At [(G g) * (Bt d)] (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015). Twice
/// over, by columns and by rows, it is F(m x m, r x r). Every method maps vectors of eight independent lanes.
/// </summary>
internal unsafe interface IWinogradTile
{
    /// <summary>Outputs of a tile, m.</summary>
    static abstract int Outputs { get; }

    /// <summary>Taps of a filter, r.</summary>
    static abstract int Taps { get; }

    /// <summary>u = G g: value i of g lies at g + i * step, of u at u + i * uStep.</summary>
    static abstract void Filter(float* g, nint step, float* u, nint uStep);

    /// <summary>v = Bt d: value i of d lies at d + offsets[i * step], of v at v + i * vStep.</summary>
    static abstract void Input(float* d, nint* offsets, nint step, float* v, nint vStep);

    /// <summary>y = At m: value i of m lies at m + i * step, of y at y + i * yStep.</summary>
    static abstract void Output(float* m, nint step, float* y, nint yStep);

    /// <summary>p = A y, for the gradient of the filters: value i of y lies at y + offsets[i * step], of p at p + i * pStep.</summary>
    static abstract void OutputTransposed(float* y, nint* offsets, nint step, float* p, nint pStep);

    /// <summary>g = Gt u: value i of u lies at u + i * step, of g at g + i * gStep.</summary>
    static abstract void FilterTransposed(float* u, nint step, float* g, nint gStep);
}

/// <summary>F(2, 3) on the points 0, 1, -1 and infinity: nothing but additions and halves.</summary>
internal readonly unsafe struct WinogradF2x3 : IWinogradTile
{
    public static int Outputs => 2;

    public static int Taps => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* g, nint step, float* u, nint uStep)
    {
        var first = Vector256.Load(g);
        var middle = 0.5f * Vector256.Load(g + step);
        var last = Vector256.Load(g + 2 * step);
        var even = 0.5f * (first + last);
        first.Store(u);
        (even + middle).Store(u + uStep);
        (even - middle).Store(u + 2 * uStep);
        last.Store(u + 3 * uStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* d, nint* offsets, nint step, float* v, nint vStep)
    {
        var d0 = Vector256.Load(d + offsets[0]);
        var d1 = Vector256.Load(d + offsets[step]);
        var d2 = Vector256.Load(d + offsets[2 * step]);
        var d3 = Vector256.Load(d + offsets[3 * step]);
        (d0 - d2).Store(v);
        (d1 + d2).Store(v + vStep);
        (d2 - d1).Store(v + 2 * vStep);
        (d1 - d3).Store(v + 3 * vStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* m, nint step, float* y, nint yStep)
    {
        var m1 = Vector256.Load(m + step);
        var m2 = Vector256.Load(m + 2 * step);
        (Vector256.Load(m) + m1 + m2).Store(y);
        (m1 - m2 - Vector256.Load(m + 3 * step)).Store(y + yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputTransposed(float* y, nint* offsets, nint step, float* p, nint pStep)
    {
        var y0 = Vector256.Load(y + offsets[0]);
        var y1 = Vector256.Load(y + offsets[step]);
        y0.Store(p);
        (y0 + y1).Store(p + pStep);
        (y0 - y1).Store(p + 2 * pStep);
        (-y1).Store(p + 3 * pStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterTransposed(float* u, nint step, float* g, nint gStep)
    {
        var u1 = Vector256.Load(u + step);
        var u2 = Vector256.Load(u + 2 * step);
        var even = 0.5f * (u1 + u2);
        (Vector256.Load(u) + even).Store(g);
        (0.5f * (u1 - u2)).Store(g + gStep);
        (even + Vector256.Load(u + 3 * step)).Store(g + 2 * gStep);
    }
}

/// <summary>How the six points are shared between outputs and taps: m + r = 7.</summary>
internal interface IWinogradSplit
{
    static abstract int Outputs { get; }
}

/// <summary>Four outputs of three taps.</summary>
internal readonly struct FourOutputs : IWinogradSplit
{
    public static int Outputs => 4;
}

/// <summary>Two outputs of five taps.</summary>
internal readonly struct TwoOutputs : IWinogradSplit
{
    public static int Outputs => 2;
}

/// <summary>
/// F(4, 3) and F(2, 5), on the points 0, 5/8, -5/8, 3/2, -3/2 and infinity: less than half the errors of the usual 0, 1, -1, 2 and
/// -2 (docs/numerics.md), and every coefficient of Bt and At is a float32 number exactly.
/// </summary>
internal readonly unsafe struct WinogradSixPoints<TSplit> : IWinogradTile
    where TSplit : struct, IWinogradSplit
{
    private const float A = 5f / 8;
    private const float B = 3f / 2;
    private const float AA = A * A;
    private const float BB = B * B;

    /// <summary>Inverses of the products of a point's distances from the others.</summary>
    private const float At0 = 1 / (AA * BB);
    private const float AtA = 1 / (2 * AA * (AA - BB));
    private const float AtB = 1 / (2 * BB * (BB - AA));

    public static int Outputs => TSplit.Outputs;

    public static int Taps => 7 - TSplit.Outputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter(float* g, nint step, float* u, nint uStep)
    {
        if (Taps == 3)
            Filter3(g, step, u, uStep);
        else
            Filter5(g, step, u, uStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter3(float* g, nint step, float* u, nint uStep)
    {
        var g0 = Vector256.Load(g);
        var g1 = Vector256.Load(g + step);
        var g2 = Vector256.Load(g + 2 * step);
        (At0 * g0).Store(u);
        Pair(AtA * (g0 + AA * g2), AtA * A * g1, u + uStep, uStep);
        Pair(AtB * (g0 + BB * g2), AtB * B * g1, u + 3 * uStep, uStep);
        g2.Store(u + 5 * uStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter5(float* g, nint step, float* u, nint uStep)
    {
        var g0 = Vector256.Load(g);
        var g1 = Vector256.Load(g + step);
        var g2 = Vector256.Load(g + 2 * step);
        var g3 = Vector256.Load(g + 3 * step);
        var g4 = Vector256.Load(g + 4 * step);
        (At0 * g0).Store(u);
        Pair(AtA * (g0 + AA * (g2 + AA * g4)), AtA * A * (g1 + AA * g3), u + uStep, uStep);
        Pair(AtB * (g0 + BB * (g2 + BB * g4)), AtB * B * (g1 + BB * g3), u + 3 * uStep, uStep);
        g4.Store(u + 5 * uStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* d, nint* offsets, nint step, float* v, nint vStep)
    {
        Vector256<float> aa = Vector256.Create(-AA), bb = Vector256.Create(-BB);
        Vector256<float> product = Vector256.Create(AA * BB), sum = Vector256.Create(-(AA + BB));
        var d0 = Vector256.Load(d + offsets[0]);
        var d1 = Vector256.Load(d + offsets[step]);
        var d2 = Vector256.Load(d + offsets[2 * step]);
        var d3 = Vector256.Load(d + offsets[3 * step]);
        var d4 = Vector256.Load(d + offsets[4 * step]);
        var d5 = Vector256.Load(d + offsets[5 * step]);
        Add(product, d0, Add(sum, d2, d4)).Store(v);
        Pair(Add(bb, d2, d4), A * Add(bb, d1, d3), v + vStep, vStep);
        Pair(Add(aa, d2, d4), B * Add(aa, d1, d3), v + 3 * vStep, vStep);
        Add(product, d1, Add(sum, d3, d5)).Store(v + 5 * vStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* m, nint step, float* y, nint yStep)
    {
        Vector256<float> m1 = Vector256.Load(m + step), m2 = Vector256.Load(m + 2 * step);
        Vector256<float> m3 = Vector256.Load(m + 3 * step), m4 = Vector256.Load(m + 4 * step);
        var last = Vector256.Load(m + 5 * step);
        Vector256<float> evenA = m1 + m2, oddA = A * (m1 - m2), evenB = m3 + m4, oddB = B * (m3 - m4);
        (Vector256.Load(m) + (evenA + evenB)).Store(y);
        if (Outputs == 2)
        {
            (oddA + oddB + last).Store(y + yStep);
            return;
        }
        (oddA + oddB).Store(y + yStep);
        Add(Vector256.Create(AA), evenA, BB * evenB).Store(y + 2 * yStep);
        (Add(Vector256.Create(AA), oddA, BB * oddB) + last).Store(y + 3 * yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputTransposed(float* y, nint* offsets, nint step, float* p, nint pStep)
    {
        var y0 = Vector256.Load(y + offsets[0]);
        var y1 = Vector256.Load(y + offsets[step]);
        y0.Store(p);
        if (Outputs == 2)
        {
            Pair(y0, A * y1, p + pStep, pStep);
            Pair(y0, B * y1, p + 3 * pStep, pStep);
            y1.Store(p + 5 * pStep);
            return;
        }
        var y2 = Vector256.Load(y + offsets[2 * step]);
        var y3 = Vector256.Load(y + offsets[3 * step]);
        Vector256<float> aa = Vector256.Create(AA), bb = Vector256.Create(BB);
        Pair(Add(aa, y2, y0), A * Add(aa, y3, y1), p + pStep, pStep);
        Pair(Add(bb, y2, y0), B * Add(bb, y3, y1), p + 3 * pStep, pStep);
        y3.Store(p + 5 * pStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterTransposed(float* u, nint step, float* g, nint gStep)
    {
        Vector256<float> u1 = Vector256.Load(u + step), u2 = Vector256.Load(u + 2 * step);
        Vector256<float> u3 = Vector256.Load(u + 3 * step), u4 = Vector256.Load(u + 4 * step);
        var last = Vector256.Load(u + 5 * step);
        Vector256<float> evenA = AtA * (u1 + u2), oddA = AtA * A * (u1 - u2);
        Vector256<float> evenB = AtB * (u3 + u4), oddB = AtB * B * (u3 - u4);
        Vector256<float> aa = Vector256.Create(AA), bb = Vector256.Create(BB);
        (At0 * Vector256.Load(u) + (evenA + evenB)).Store(g);
        (oddA + oddB).Store(g + gStep);
        var second = Add(aa, evenA, BB * evenB);
        if (Taps == 3)
        {
            (second + last).Store(g + 2 * gStep);
            return;
        }
        second.Store(g + 2 * gStep);
        Add(aa, oddA, BB * oddB).Store(g + 3 * gStep);
        (Add(aa * aa, evenA, bb * bb * evenB) + last).Store(g + 4 * gStep);
    }

    /// <summary>The values at a point and at its opposite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(Vector256<float> even, Vector256<float> odd, float* to, nint step)
    {
        (even + odd).Store(to);
        (even - odd).Store(to + step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> factor, Vector256<float> value, Vector256<float> to) =>
        Vector256.MultiplyAddEstimate(factor, value, to);
}
