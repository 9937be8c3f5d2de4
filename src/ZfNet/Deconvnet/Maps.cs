using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>A layer's output read as feature maps: [N, C, H, W], or [N, F] as F maps of one unit.</summary>
internal static class Maps
{
    public static int Count(Shape output) => checked((int)output[1]);

    public static (int Height, int Width) Size(Shape output) =>
        output.Rank == 4 ? (checked((int)output[2]), checked((int)output[3])) : (1, 1);

    public static void CheckMaps(LayerStep step)
    {
        if (step.Output.Rank is not (2 or 4))
            throw new InputException($"The output of layer \"{step.Name}\" has shape {step.Output}: only [N, C, H, W] and [N, F] have maps.");
    }

    public static void CheckMap(LayerStep step, int map)
    {
        CheckMaps(step);
        var count = Count(step.Output);
        if (map < 0 || map >= count)
            throw new InputException($"Layer \"{step.Name}\" has no map {map}: its maps are 0 to {count - 1}.");
    }

    public static void CheckUnit(LayerStep step, int y, int x)
    {
        CheckMaps(step);
        var (height, width) = Size(step.Output);
        if (y < 0 || x < 0 || y >= height || x >= width)
            throw new InputException($"Layer \"{step.Name}\" has no unit at row {y}, column {x}: its maps are {height}x{width}.");
    }

    /// <summary>One map of one picture, as a view.</summary>
    public static Tensor Plane(Tensor output, int picture, int map)
    {
        using var one = output.Narrow(0, picture, 1);
        return one.Narrow(1, map, 1);
    }

    /// <summary>Host values, widened.</summary>
    public static double[] Read(Tensor tensor) =>
        tensor.DType == DType.Float64 ? tensor.ToArray<double>() : Array.ConvertAll(tensor.ToArray<float>(), value => (double)value);

    /// <summary>Host values, rounded to float.</summary>
    public static float[] ReadFloat(Tensor tensor) =>
        tensor.DType == DType.Float64 ? Array.ConvertAll(tensor.ToArray<double>(), value => (float)value) : tensor.ToArray<float>();

    /// <summary>
    /// Every map's strongest unit, picture by picture: values and places (row-major in the plane), [N * C]. One pooling
    /// window over the whole plane, so that any device can do it; the first of equal units wins, and NaN wins over all.
    /// </summary>
    public static (double[] Values, int[] Places) Peaks(Tensor output)
    {
        if (output.Shape.Rank == 2)
            return (Read(output), new int[checked((int)output.Count)]);
        var (height, width) = Size(output.Shape);
        var (peaks, places) = output.MaxPool2dWithSwitches(new Pair(height, width));
        using (peaks)
        using (places)
            return (Read(peaks), places.ToArray<int>());
    }
}
