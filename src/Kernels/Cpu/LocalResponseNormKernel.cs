using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// Local response normalisation across channels and its gradient. A task is one image and some strips of positions; eight
/// positions at a time walk over the channels, which lie a plane apart, so that the processor cannot guess the next line:
/// those of the strip after are fetched meanwhile. s^-0.75 is two square roots and a division.
/// </summary>
internal unsafe struct LocalResponseNormKernel : IParallelBody
{
    /// <summary>Positions whose channels all fit L2 beside those fetched.</summary>
    private const int Strip = 64;

    /// <summary>Positions of a task.</summary>
    private const int Stretch = 8 * Strip;

    private LocalResponseNormGeometry _g;
    private float* _x;
    private float* _dy;
    private float* _out;
    private float* _scratch;
    private int _before;
    private int _after;
    private int _channels;
    private float _k;
    private float _share;
    private bool _threeQuarters;

    private LocalResponseNormKernel(in LocalResponseNormGeometry g, float* x, float* dy, float* result, float* scratch)
    {
        _g = g;
        _x = x;
        _dy = dy;
        _out = result;
        _scratch = scratch;
        // Taken out of the geometry once: the inner loops read them for every vector.
        (_before, _after, _channels) = (g.Size / 2, (g.Size - 1) / 2, g.C);
        (_k, _share, _threeQuarters) = ((float)g.K, (float)g.Share, g.Beta == 0.75);
    }

    public static void Forward(WorkerPool pool, in LocalResponseNormGeometry g, float* x, float* y) =>
        pool.Run(g.N * Tasks(g), new LocalResponseNormKernel(g, x, null, y, null));

    public static void Backward(WorkerPool pool, in LocalResponseNormGeometry g, float* x, float* dy, float* dx)
    {
        using var scratch = new Scratch(Scratch.Apart((nint)g.C * Strip) * pool.Threads);
        pool.Run(g.N * Tasks(g), new LocalResponseNormKernel(g, x, dy, dx, scratch.Floats));
    }

    private static long Tasks(in LocalResponseNormGeometry g) => ((long)g.H * g.W + Stretch - 1) / Stretch;

    public readonly void Run(long index, int worker)
    {
        var plane = (nint)_g.H * _g.W;
        var tasks = (nint)Tasks(_g);
        var position = (nint)index % tasks * Stretch;
        var offset = (nint)index / tasks * _g.C * plane + position;
        var count = (int)Math.Min(Stretch, plane - position);
        var pulls = _scratch + worker * Scratch.Apart((nint)_g.C * Strip);
        var i = 0;
        for (; i + 8 <= count; i += 8)
        {
            if (_dy == null)
                ForwardEight(_x + offset + i, _out + offset + i, plane);
            else
                BackwardEight(_x + offset + i, _dy + offset + i, _out + offset + i, plane, pulls + i % Strip);
        }
        if (i < count)
            Tail(offset + i, count - i, plane);
    }

    /// <summary>Brings the same place in the next strip into L2; past the end of memory that does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address + Strip);
    }

    /// <summary>k + share * the sum of squares over the window of channel c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector256<float> Normaliser(float* x, int c, nint plane)
    {
        var squares = Vector256<float>.Zero;
        int first = Math.Max(c - _before, 0), last = Math.Min(c + _after, _channels - 1);
        x += first * plane;
        for (var other = first; other <= last; other++, x += plane)
        {
            var value = Vector256.Load(x);
            squares += value * value;
        }
        return Vector256.Create(_k) + Vector256.Create(_share) * squares;
    }

    /// <summary>s^-beta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector256<float> Power(Vector256<float> s)
    {
        if (_threeQuarters)
        {
            var root = Vector256.Sqrt(s);
            return Vector256<float>.One / (root * Vector256.Sqrt(root));
        }
        return SlowPower(s, (float)-_g.Beta);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<float> SlowPower(Vector256<float> s, float exponent)
    {
        for (var i = 0; i < 8; i++)
            s = s.WithElement(i, MathF.Pow(s.GetElement(i), exponent));
        return s;
    }

    private readonly void ForwardEight(float* x, float* y, nint plane)
    {
        for (var c = 0; c < _channels; c++)
        {
            Fetch(x + c * plane);
            Fetch(y + c * plane);
            (Vector256.Load(x + c * plane) * Power(Normaliser(x, c, plane))).Store(y + c * plane);
        }
    }

    /// <summary>dx_j = dy_j s_j^-beta - 2 share beta x_j * sum over the windows i that hold j of dy_i x_i s_i^(-beta-1).</summary>
    private readonly void BackwardEight(float* x, float* dy, float* dx, nint plane, float* pulls)
    {
        for (var c = 0; c < _channels; c++)
        {
            Fetch(x + c * plane);
            Fetch(dy + c * plane);
            Fetch(dx + c * plane);
            var s = Normaliser(x, c, plane);
            var scaled = Vector256.Load(dy + c * plane) * Power(s);
            (scaled * Vector256.Load(x + c * plane) / s).Store(pulls + c * Strip);
            scaled.Store(dx + c * plane);
        }
        var factor = Vector256.Create((float)(2 * _g.Share * _g.Beta));
        for (var c = 0; c < _channels; c++)
        {
            var sum = Vector256<float>.Zero;
            int first = Math.Max(c - _after, 0), last = Math.Min(c + _before, _channels - 1);
            for (var other = first; other <= last; other++)
                sum += Vector256.Load(pulls + other * Strip);
            (Vector256.Load(dx + c * plane) - factor * Vector256.Load(x + c * plane) * sum).Store(dx + c * plane);
        }
    }

    /// <summary>The last positions of a plane, copied into a vector's width so that the arithmetic is the same.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Tail(nint offset, int count, nint plane)
    {
        using var room = new Scratch((long)_g.C * (24 + Strip));
        float* x = room.Floats, dy = x + _g.C * 8, result = dy + _g.C * 8, pulls = result + _g.C * 8;
        new Span<float>(x, _g.C * 16).Clear();
        for (var c = 0; c < _channels; c++)
        {
            for (var i = 0; i < count; i++)
            {
                x[c * 8 + i] = _x[offset + c * plane + i];
                if (_dy != null)
                    dy[c * 8 + i] = _dy[offset + c * plane + i];
            }
        }
        if (_dy == null)
            ForwardEight(x, result, 8);
        else
            BackwardEight(x, dy, result, 8, pulls);
        for (var c = 0; c < _channels; c++)
        {
            for (var i = 0; i < count; i++)
                _out[offset + c * plane + i] = result[c * 8 + i];
        }
    }
}
