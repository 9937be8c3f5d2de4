using ZfNet.Engine;

namespace ZfNet;

/// <summary>The feature map whose activity is mapped: its spatial sum, in float64 and in the order of its cells.</summary>
internal sealed class OcclusionActivity
{
    private readonly double[] whole;
    private readonly int width;

    /// <param name="pass">The passes that it is followed in.</param>
    /// <param name="layer">Index of its layer.</param>
    /// <param name="asked">The map; null for the one with the largest sum.</param>
    /// <exception cref="InputException">The layer has no such map.</exception>
    public OcclusionActivity(IncrementalPass pass, int layer, int? asked)
    {
        var step = pass.Step(layer);
        if (asked is { } map)
            Maps.CheckMap(step, map);
        else
            Maps.CheckMaps(step);
        var output = pass.Output(layer);
        (Layer, width) = (step.Name, Maps.Size(output.Shape).Width);
        var sums = Maps.Read(output).Chunk((int)(output.Count / Maps.Count(output.Shape))).Select(Total).ToArray();
        Map = asked ?? Array.IndexOf(sums, sums.Max());
        Sum = sums[Map];
        using var plane = output.Narrow(1, Map, 1);
        whole = Maps.Read(plane);
    }

    /// <summary>The layer's name.</summary>
    public string Layer { get; }

    /// <summary>The map.</summary>
    public int Map { get; }

    /// <summary>Its sum on the one picture.</summary>
    public double Sum { get; }

    /// <summary>Its sum on each picture of which some windows are known.</summary>
    public float[] Read(MapWindows windows)
    {
        var sums = new float[windows.Count];
        using var part = windows.Values.Narrow(1, Map, 1);
        var own = Maps.Read(part);
        var plane = new double[whole.Length];
        for (var n = 0; n < windows.Count; n++)
        {
            whole.CopyTo(plane, 0);
            var (rows, columns) = (windows.Rows(n), windows.Columns(n));
            for (var row = 0; row < rows.Count; row++)
                own.AsSpan((n * windows.Height + row) * windows.Width, columns.Count).CopyTo(plane.AsSpan((rows.First + row) * width + columns.First));
            sums[n] = (float)Total(plane);
        }
        return sums;
    }

    /// <summary>Its sum on each picture whose whole output [N, F] or [N, C, H, W] is given.</summary>
    public float[] Read(Tensor output)
    {
        using var part = output.Narrow(1, Map, 1);
        return [.. Maps.Read(part).Chunk(whole.Length).Select(plane => (float)Total(plane))];
    }

    private static double Total(double[] values)
    {
        double sum = 0;
        foreach (var value in values)
            sum += value;
        return sum;
    }
}
