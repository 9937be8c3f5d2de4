using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>
/// The sizes of a run: the layers of a network at some batch sizes. No benchmark has sizes of its own.
/// </summary>
public sealed class Sizes
{
    /// <summary>The real ones: the wide network, and the paper's for its normalisation.</summary>
    public Sizes(params int[] batches)
        : this(Networks.Wide, Networks.PaperWith(NormOrder.PoolThenNorm), long.MaxValue, batches)
    {
    }

    /// <summary>Others, for tests: batches so small, and no axis made longer than <paramref name="longest"/>.</summary>
    public Sizes(NetworkSpec spec, NetworkSpec normalised, long longest, params int[] batches)
    {
        Spec = spec;
        Batches = batches;
        Longest = longest;
        Plan = spec.Plan();
        Normalised = normalised.Plan();
    }

    /// <summary>The network.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>Batch sizes, rising.</summary>
    public IReadOnlyList<int> Batches { get; }

    /// <summary>The largest batch.</summary>
    public int Batch => Batches[^1];

    /// <summary>A length that is there to pass a device's L2, or less in tests.</summary>
    public long Past(long length) => Math.Min(length, Longest);

    /// <summary>Elements of the first convolution's output: the network's largest tensor.</summary>
    public (int Channels, int Plane) Largest => Maps("conv1");

    /// <summary>The convolutions, at each batch size.</summary>
    public IEnumerable<(string Name, Conv2dGeometry Geometry)> Convolutions =>
        from batch in Batches
        from layer in Plan.Layers
        where layer.Spec is ConvSpec
        let c = (ConvSpec)layer.Spec
        select (layer.Alias, new Conv2dGeometry(
            batch, (int)layer.Input[0], (int)layer.Input[1], (int)layer.Input[2], c.OutChannels, c.Kernel, c.Stride,
            c.Padding, 1, c.Groups));

    /// <summary>The pools, at the largest batch.</summary>
    public IEnumerable<(string Name, Pool2dGeometry Geometry)> Pools =>
        from layer in Plan.Layers
        where layer.Spec is MaxPoolSpec
        let p = (MaxPoolSpec)layer.Spec
        select (layer.Alias, new Pool2dGeometry(
            Batch * layer.Input[0], (int)layer.Input[1], (int)layer.Input[2], p.Kernel, p.Stride, p.Padding,
            p.CeilMode));

    /// <summary>The fully connected layers, at each batch size.</summary>
    public IEnumerable<(string Name, LinearGeometry Geometry)> Linears =>
        from batch in Batches
        from layer in Plan.Layers
        where layer.Spec is LinearSpec
        select (layer.Alias, new LinearGeometry(batch, (int)layer.Input.Count, (int)layer.Output[0]));

    /// <summary>The paper's normalisations, at the largest batch.</summary>
    public IEnumerable<(string Name, LocalResponseNormGeometry Geometry)> Norms =>
        from layer in Normalised.Layers
        where layer.Spec is LrnSpec
        let n = (LrnSpec)layer.Spec
        select (layer.Alias, new LocalResponseNormGeometry(
            Batch, (int)layer.Input[0], (int)layer.Input[1], (int)layer.Input[2], n.Size, n.Alpha, n.Beta, n.K, true));

    private NetworkPlan Plan { get; }

    private NetworkPlan Normalised { get; }

    private long Longest { get; }

    private (int Channels, int Plane) Maps(string layer) =>
        Plan.Layer(layer).Output is var maps ? ((int)maps[0], (int)(maps[1] * maps[2])) : default;
}
