namespace ZfNet.Engine;

/// <summary>Dropout while training, nothing in evaluation.</summary>
/// <param name="p">Chance that an element is dropped.</param>
/// <param name="generator">Where masks come from; each training pass takes a stream.</param>
public sealed class Dropout(double p, Generator generator) : Layer
{
    /// <summary>Chance that an element is dropped.</summary>
    public double Probability { get; } = p;

    /// <summary>Where masks come from.</summary>
    public Generator Generator { get; } = generator;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Training ? x.Dropout(Probability, Generator) : x;
}
