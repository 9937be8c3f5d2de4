namespace ZfNet;

/// <summary>Where a network's normalisation stands after its first two convolutions.</summary>
public enum NormOrder
{
    /// <summary>conv, ReLU, norm, pool: the public ports.</summary>
    NormThenPool,

    /// <summary>conv, ReLU, pool, norm: the paper's text.</summary>
    PoolThenNorm,
}

/// <summary>The catalogue: the article's network, the paper's, AlexNet, small ones for 64x64 and 32x32 pictures, and their ablations.</summary>
public static class Networks
{
    /// <summary>The article's ZFNet: 512-1024-512 maps, floor-mode pools, no normalisation; 386,548,840 parameters.</summary>
    public static NetworkSpec Wide { get; } = new()
    {
        Name = "wide",
        Height = 224,
        Width = 224,
        Classes = 1000,
        Features =
        [
            new ConvSpec(96, 7, 2, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(256, 5, 1, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(512, 3, 1, 1), new ReluSpec(),
            new ConvSpec(1024, 3, 1, 1), new ReluSpec(),
            new ConvSpec(512, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(3, 2),
        ],
        Classifier = ArticleClassifier(4096, 4096, 1000),
    };

    /// <summary>
    /// The paper's ZFNet (Fig. 3), with the ports' order of norm and pool: 62,357,608 parameters. Paddings and
    /// normalisation constants are not in the text; these fit its shapes.
    /// </summary>
    public static NetworkSpec Paper { get; } = PaperWith(NormOrder.NormThenPool);

    /// <summary>The article's AlexNet, one tower with PyTorch's usual paddings: 62,378,344 parameters.</summary>
    public static NetworkSpec AlexNet { get; } = new()
    {
        Name = "alexnet",
        Height = 224,
        Width = 224,
        Classes = 1000,
        Features =
        [
            new ConvSpec(96, 11, 4, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(256, 5, 1, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(384, 3, 1, 1), new ReluSpec(),
            new ConvSpec(384, 3, 1, 1), new ReluSpec(),
            new ConvSpec(256, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(3, 2),
        ],
        Classifier = ArticleClassifier(4096, 4096, 1000),
    };

    /// <summary>
    /// A ZFNet for 64x64 pictures, small enough to train on a CPU in minutes: 7x7 filters of stride 2, five
    /// convolutions on maps of 31, 15 and 7 (every window fits exactly), 622,602 parameters with ten classes.
    /// </summary>
    public static NetworkSpec Compact { get; } = new()
    {
        Name = "compact",
        Height = 64,
        Width = 64,
        Classes = 10,
        Features =
        [
            new ConvSpec(32, 7, 2, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(64, 5, 1, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(96, 3, 1, 1), new ReluSpec(),
            new ConvSpec(128, 3, 1, 1), new ReluSpec(),
            new ConvSpec(96, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(3, 2),
        ],
        Classifier = ArticleClassifier(256, 256, 10),
    };

    /// <summary>
    /// A ZFNet for pictures of MNIST's and CIFAR's size: three convolutions on maps of 32, 15 and 7, trained on a CPU within
    /// minutes; 149,514 parameters with ten classes.
    /// </summary>
    public static NetworkSpec Mini { get; } = new()
    {
        Name = "mini",
        Height = 32,
        Width = 32,
        Classes = 10,
        Features =
        [
            new ConvSpec(32, 5, 1, 2), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(64, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(3, 2),
            new ConvSpec(64, 3, 1, 1), new ReluSpec(), new MaxPoolSpec(3, 2),
        ],
        Classifier = ArticleClassifier(128, 128, 10),
    };

    // Lazy: the ablations are made from the networks of this class.
    private static readonly Lazy<IReadOnlyList<NetworkSpec>> Catalogue = new(() =>
        [Wide, Paper, PaperWith(NormOrder.PoolThenNorm), AlexNet, Compact, Mini, .. Ablation.All.Select(ablation => ablation.Spec)]);

    /// <summary>Every network by name: the five, the paper's text order, and the ablations.</summary>
    public static IReadOnlyList<NetworkSpec> All => Catalogue.Value;

    /// <summary>The network of a name, upper and lower case alike.</summary>
    /// <exception cref="NetworkSpecException">There is none; the sentence lists those there are.</exception>
    public static NetworkSpec Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(spec => string.Equals(spec.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new NetworkSpecException($"There is no network '{name}'; there are {string.Join(", ", All.Select(spec => spec.Name))}.");
    }

    /// <summary>The paper's ZFNet with its norms before or after its pools (<c>paper</c> or <c>paper-text-order</c>).</summary>
    public static NetworkSpec PaperWith(NormOrder order)
    {
        LayerSpec pool = new MaxPoolSpec(3, 2, 0, CeilMode: true), norm = new LrnSpec(5, 5e-4, 0.75, 2);
        var (first, second) = order == NormOrder.NormThenPool ? (norm, pool) : (pool, norm);
        return new NetworkSpec
        {
            Name = order == NormOrder.NormThenPool ? "paper" : "paper-text-order",
            Height = 224,
            Width = 224,
            Classes = 1000,
            Features =
            [
                new ConvSpec(96, 7, 2, 1), new ReluSpec(), first, second,
                new ConvSpec(256, 5, 2), new ReluSpec(), first, second,
                new ConvSpec(384, 3, 1, 1), new ReluSpec(),
                new ConvSpec(384, 3, 1, 1), new ReluSpec(),
                new ConvSpec(256, 3, 1, 1), new ReluSpec(), pool,
            ],

            // The paper drops the outputs of layers 6 and 7; the article drops the inputs.
            Classifier =
            [
                new LinearSpec(4096), new ReluSpec(), new DropoutSpec(0.5),
                new LinearSpec(4096), new ReluSpec(), new DropoutSpec(0.5),
                new LinearSpec(1000),
            ],
        };
    }

    private static List<LayerSpec> ArticleClassifier(int fc6, int fc7, int classes) =>
    [
        new DropoutSpec(0.5), new LinearSpec(fc6), new ReluSpec(),
        new DropoutSpec(0.5), new LinearSpec(fc7), new ReluSpec(),
        new LinearSpec(classes),
    ];
}
