using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// Where a projection can be other than zero on its way down: what the seeded unit sees of every layer. Outside, the
/// deconvnet has nothing but zeros to unpool, rectify and filter.
/// </summary>
internal sealed class Route
{
    private readonly Window[] windows;

    public Route(IReadOnlyList<LayerStep> steps, in Deconvnet.Start start, UnpoolMode mode)
    {
        Start = start;
        windows = ReceptiveFields.Down(steps, start.Layer, start.Unit, clip: true);
        var key = new List<int> { start.Layer };
        for (var i = start.Layer; i >= 0; i--)
        {
            var (above, below) = (windows[i + 1], windows[i]);
            switch (steps[i].Layer)
            {
                case Conv2d conv:
                    Add(below, SlidingWindow.Of(conv)!.Value.Below(above));
                    break;
                case MaxPool2d pool:
                    var (grown, plane) = Unpooling(steps[i], pool, above, mode);
                    Add(grown, above);
                    Add(plane, SlidingWindow.Of(pool)!.Value.Below(grown));
                    Add(below, plane);
                    break;
                default:
                    Add(below, below);
                    break;
            }
        }
        Key = string.Join(' ', key);

        void Add(Window window, Window against) =>
            key.AddRange([window.Height, window.Width, window.Top - against.Top, window.Left - against.Left]);
    }

    public Deconvnet.Start Start { get; }

    /// <summary>What the seed sees of layer i's input; at the seed's layer + 1, the seed.</summary>
    public Window this[int i] => windows[i];

    /// <summary>Whether the seed sees nothing but padding.</summary>
    public bool IsEmpty => windows.Any(window => window.IsEmpty);

    /// <summary>Routes of one key have windows of the same sizes, cut alike at the edges: they go down in one batch.</summary>
    public string Key { get; }

    /// <summary>
    /// The pooled cells whose switches are needed, and the part of the plane they choose from. Where a later window may
    /// overwrite what an earlier one placed, neighbours that are zero count too: they place their zeros.
    /// </summary>
    public static (Window Grown, Window Plane) Unpooling(LayerStep step, MaxPool2d pool, Window pooled, UnpoolMode mode)
    {
        if (mode == UnpoolMode.Overwrite)
            pooled = pooled.Grow(new((pool.Kernel.H - 1) / pool.Stride.H, (pool.Kernel.W - 1) / pool.Stride.W)).ClipTo(Window.Whole(step.Output));
        return (pooled, SlidingWindow.Of(pool)!.Value.Below(pooled).ClipTo(Window.Whole(step.Input)));
    }
}
