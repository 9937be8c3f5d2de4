namespace ZfNet.Training;

/// <summary>
/// A loss, a gradient or a weight became infinite or not a number. The message is one sentence that names the step and
/// the layer. Where it is the loss or the gradient, the weights are those before the step.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Names the place.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="step">1-based, in its epoch.</param>
    /// <param name="message">One sentence.</param>
    public TrainingDivergedException(int epoch, int step, string message) : base(message) => (Epoch, Step) = (epoch, step);

    /// <summary>For serialisers and tests.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>With a sentence of the caller's.</summary>
    /// <param name="message">One sentence.</param>
    public TrainingDivergedException(string message) : base(message)
    {
    }

    /// <summary>With a sentence of the caller's and a cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>1-based.</summary>
    public int Epoch { get; }

    /// <summary>1-based, in its epoch.</summary>
    public int Step { get; }
}
