namespace ZfNet;

/// <summary>How a picture is occluded. The paper does not state the square's size or step.</summary>
public sealed record OcclusionOptions
{
    /// <summary>Side of the square in pixels of the network's input.</summary>
    public int Square { get; init; } = 32;

    /// <summary>Pixels between positions.</summary>
    public int Stride { get; init; } = 8;

    /// <summary>What the square is filled with. <see cref="OcclusionFill.Grey"/>, the paper's, needs the preprocessing.</summary>
    public required OcclusionFill Fill { get; init; }

    /// <summary>The class whose probability is mapped; null for the one predicted on the whole picture.</summary>
    public int? Class { get; init; }

    /// <summary>
    /// The layer whose activity is mapped, by its output; null for the last convolution after its rectifier (the paper's
    /// layer 5). Nothing is mapped where the network has no convolution.
    /// </summary>
    public string? ActivityLayer { get; init; }

    /// <summary>The feature map that is followed; null for the one with the largest spatial sum on the whole picture.</summary>
    public int? ActivityMap { get; init; }

    /// <summary>Keep the probabilities of all classes at every position.</summary>
    public bool KeepAllProbabilities { get; init; }

    /// <summary>Occluded pictures in a forward pass; bounds the memory.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>
    /// So many elements of whole maps would come into the fully connected layers at once, which read their weights once for all: 256 MiB
    /// of float32.
    /// </summary>
    internal long WaitingElements { get; init; } = 1L << 26;
}
