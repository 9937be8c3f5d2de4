namespace ZfNet.Engine;

/// <summary>Initialisers. Each draws from the generator's next streams, so the order of calls matters and the backend does not.</summary>
public static class Init
{
    /// <summary>He et al.'s normal by fan-out, deviation sqrt(2 / (Cout*KH*KW)), bias 0: the article's choice for convolutions.</summary>
    public static void KaimingNormalFanOut(WeightedLayer layer, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Normal(layer, Math.Sqrt(2.0 / layer.FanOut), generator);
    }

    /// <summary>Normal of mean 0, bias 0: deviation 0.01 is the article's choice for linear layers and the ports' for the paper.</summary>
    public static void Normal(WeightedLayer layer, double deviation, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(generator);
        Draw(layer.Weight, generator, (weight, stream) => weight.Backend.RandomNormal(generator.Seed, stream, 0, deviation, weight.View));
        layer.Bias?.Fill(0);
    }

    /// <summary>PyTorch's default for Conv2d and Linear: uniform within 1/sqrt(fan-in), weight and bias.</summary>
    public static void PyTorchDefault(WeightedLayer layer, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(generator);
        var bound = 1 / Math.Sqrt(layer.FanIn);
        Draw(layer.Weight, generator, Uniform);
        if (layer.Bias is not null)
            Draw(layer.Bias, generator, Uniform);

        void Uniform(Tensor tensor, ulong stream) => tensor.Backend.RandomUniform(generator.Seed, stream, -bound, bound, tensor.View);
    }

    private static void Draw(Tensor tensor, Generator generator, Action<Tensor, ulong> fill)
    {
        fill(tensor, generator.NextStream());
        tensor.Touch();
    }
}
