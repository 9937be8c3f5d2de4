using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>A differentiable argument of an op under test: name, shape and elements.</summary>
internal sealed record Argument(string Name, Shape Shape, double[] Elements)
{
    /// <summary>Uniform in [low, high).</summary>
    public static Argument Random(string name, Shape shape, int seed, double low = -1, double high = 1) =>
        new(name, shape, Values.Random(seed, shape.Count, low, high));

    /// <summary>Elements that lie apart: see <see cref="Values.Distinct"/>.</summary>
    public static Argument Distinct(string name, Shape shape, int seed) => new(name, shape, Values.Distinct(seed, shape.Count));

    /// <summary>The argument as a tensor.</summary>
    public Tensor Make(DType dtype, Device device, bool requiresGrad = true)
    {
        var tensor = dtype == DType.Float64
            ? Tensor.From(Elements, Shape, device)
            : Tensor.From(Array.ConvertAll(Elements, value => (float)value), Shape, device);
        tensor.RequiresGrad = requiresGrad;
        return tensor;
    }
}
