using ZfNet.Kernels;

namespace ZfNet;

/// <summary>How a projection passes local response normalisation.</summary>
public enum NormRule
{
    /// <summary>Unchanged: the paper and its ports undo no normalisation.</summary>
    Identity,

    /// <summary>By the gradient of the normalisation at the recorded input.</summary>
    Gradient,
}

/// <summary>How activations are projected. The defaults are the paper's (section 2.1).</summary>
public sealed record ProjectionOptions
{
    /// <summary>The paper's.</summary>
    public static ProjectionOptions Deconvnet { get; } = new();

    /// <summary>
    /// The true gradient of the seeded activation by the pixels, times the seed's value: every layer passes what autograd
    /// would pass.
    /// </summary>
    public static ProjectionOptions Gradient { get; } = new() { Rule = ReLURule.Gradient, Norm = NormRule.Gradient };

    /// <summary>Guided backpropagation (Springenberg et al., 2014).</summary>
    public static ProjectionOptions Guided { get; } = new() { Rule = ReLURule.Guided, Norm = NormRule.Gradient };

    /// <summary>What a rectifier lets through on the way down.</summary>
    public ReLURule Rule { get; init; } = ReLURule.Deconvnet;

    /// <summary>
    /// What a pixel gets that several pooling windows chose. Null takes <see cref="UnpoolMode.Overwrite"/> for the deconvnet
    /// rule (the paper places each value at its location) and <see cref="UnpoolMode.Accumulate"/> for the two others (the
    /// gradient).
    /// </summary>
    public UnpoolMode? Unpool { get; init; }

    /// <summary>How normalisation is passed.</summary>
    public NormRule Norm { get; init; } = NormRule.Identity;

    /// <summary>The value that is seeded.</summary>
    public SeedValue Seed { get; init; } = SeedValue.Activation;

    /// <summary>
    /// Whether the seed is rectified first where the network rectifies the seeded output, that is, where the layer after the
    /// seeded one (dropout apart) is a ReLU. Null does so for the deconvnet and guided rules, so that seeding "conv5" or
    /// "relu5" is the same (the paper's activations are those after the rectifier) and a negative activation projects to
    /// zero; and not for the gradient. Outputs that no ReLU follows, such as logits, are never rectified.
    /// </summary>
    public bool? RectifySeed { get; init; }

    /// <summary>Projections that are computed together; bounds the memory.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary><see cref="Unpool"/> with its default worked out.</summary>
    public UnpoolMode EffectiveUnpool => Unpool ?? (Rule == ReLURule.Deconvnet ? UnpoolMode.Overwrite : UnpoolMode.Accumulate);

    internal bool Rectifies => RectifySeed ?? Rule != ReLURule.Gradient;
}
