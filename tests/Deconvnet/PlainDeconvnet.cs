using ZfNet.Engine;

namespace ZfNet.Tests.Seeing;

/// <summary>
/// The paper's section 2.1 once more, in nested loops over plain arrays, for one picture: shares no code with the library
/// but the weights.
/// </summary>
internal sealed class PlainDeconvnet
{
    private readonly List<(Layer Layer, int C, int H, int W)> inputs = [];
    private readonly List<int[]> switches = [];

    public PlainDeconvnet(Sequential network, double[] picture, int c, int h, int w, string last)
    {
        var x = picture;
        foreach (var (name, layer) in network.Layers)
        {
            inputs.Add((layer, c, h, w));
            switches.Add([]);
            (x, c, h, w) = Forward(layer, x, c, h, w);
            if (name == last)
                break;
        }
        (Output, C, H, W) = (x, c, h, w);
    }

    public double[] Output { get; }

    public int C { get; }

    public int H { get; }

    public int W { get; }

    public double[] Project(int map, int y, int x)
    {
        var at = (map * H + y) * W + x;
        var current = new double[Output.Length];
        current[at] = Math.Max(Output[at], 0);
        for (var i = inputs.Count - 1; i >= 0; i--)
        {
            var (layer, c, h, w) = inputs[i];
            current = layer switch
            {
                ReLU => Array.ConvertAll(current, value => value > 0 ? value : 0),
                Conv2d conv => Transposed(conv, current, c, h, w),
                MaxPool2d => Unpool(current, switches[i], c * h * w, (int)(current.Length / c), h * w),
                Linear linear => Transposed(linear, current),
                _ => current,
            };
        }
        return current;
    }

    private (double[] Y, int C, int H, int W) Forward(Layer layer, double[] x, int c, int h, int w)
    {
        switch (layer)
        {
            case ReLU:
                return (Array.ConvertAll(x, value => value > 0 ? value : 0), c, h, w);
            case Conv2d conv:
            {
                var (cout, oh, ow) = ((int)conv.Weight.Shape[0], Windows(h, conv.Kernel.H, conv.Stride.H, conv.Padding.H), Windows(w, conv.Kernel.W, conv.Stride.W, conv.Padding.W));
                var y = new double[cout * oh * ow];
                var bias = conv.Bias!.ToArray<double>();
                for (var i = 0; i < y.Length; i++)
                    y[i] = bias[i / (oh * ow)];
                var weight = conv.Weight.ToArray<double>();
                ForEachTap(conv, c, h, w, cout, oh, ow, (from, to, tap) => y[to] += x[from] * weight[tap]);
                return (y, cout, oh, ow);
            }
            case MaxPool2d pool:
            {
                int oh = Windows(h, pool.Kernel.H, pool.Stride.H, 0), ow = Windows(w, pool.Kernel.W, pool.Stride.W, 0);
                var y = new double[c * oh * ow];
                switches[^1] = new int[y.Length];
                for (var i = 0; i < y.Length; i++)
                {
                    int map = i / (oh * ow), top = i / ow % oh * pool.Stride.H, left = i % ow * pool.Stride.W;
                    y[i] = double.NegativeInfinity;
                    for (var row = top; row < top + pool.Kernel.H; row++)
                    for (var column = left; column < left + pool.Kernel.W; column++)
                        if (x[(map * h + row) * w + column] > y[i])
                            (y[i], switches[^1][i]) = (x[(map * h + row) * w + column], row * w + column);
                }
                return (y, c, oh, ow);
            }
            case Linear linear:
            {
                var (weight, bias) = (linear.Weight.ToArray<double>(), linear.Bias!.ToArray<double>());
                var y = new double[bias.Length];
                for (var o = 0; o < y.Length; o++)
                {
                    y[o] = bias[o];
                    for (var i = 0; i < x.Length; i++)
                        y[o] += weight[o * x.Length + i] * x[i];
                }
                return (y, y.Length, 1, 1);
            }
            case Flatten:
                return (x, c * h * w, 1, 1);
            case Dropout:
                return (x, c, h, w);
            default:
                throw new ArgumentException($"{layer}");
        }
    }

    private static int Windows(int size, int kernel, int stride, int padding) => (size + 2 * padding - kernel) / stride + 1;

    private static double[] Transposed(Conv2d conv, double[] y, int c, int h, int w)
    {
        var (cout, oh, ow) = ((int)conv.Weight.Shape[0], Windows(h, conv.Kernel.H, conv.Stride.H, conv.Padding.H), Windows(w, conv.Kernel.W, conv.Stride.W, conv.Padding.W));
        var x = new double[c * h * w];
        var weight = conv.Weight.ToArray<double>();
        ForEachTap(conv, c, h, w, cout, oh, ow, (from, to, tap) => x[from] += y[to] * weight[tap]);
        return x;
    }

    private static double[] Transposed(Linear linear, double[] y)
    {
        var weight = linear.Weight.ToArray<double>();
        var x = new double[weight.Length / y.Length];
        for (var o = 0; o < y.Length; o++)
        for (var i = 0; i < x.Length; i++)
            x[i] += weight[o * x.Length + i] * y[o];
        return x;
    }

    private static double[] Unpool(double[] pooled, int[] switches, int count, int windows, int plane)
    {
        var x = new double[count];
        for (var i = 0; i < pooled.Length; i++)
            x[i / windows * plane + switches[i]] = pooled[i];
        return x;
    }

    private static void ForEachTap(Conv2d conv, int c, int h, int w, int cout, int oh, int ow, Action<int, int, int> tap)
    {
        for (var o = 0; o < cout; o++)
        for (var row = 0; row < oh; row++)
        for (var column = 0; column < ow; column++)
        for (var i = 0; i < c; i++)
        for (var kh = 0; kh < conv.Kernel.H; kh++)
        for (var kw = 0; kw < conv.Kernel.W; kw++)
        {
            int y = row * conv.Stride.H - conv.Padding.H + kh, x = column * conv.Stride.W - conv.Padding.W + kw;
            if (y >= 0 && x >= 0 && y < h && x < w)
                tap((i * h + y) * w + x, (o * oh + row) * ow + column, ((o * c + i) * conv.Kernel.H + kh) * conv.Kernel.W + kw);
        }
    }
}
