using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// One run of a <see cref="DeviceGraph"/>'s function. It knows the numbers that change from run to run (dropout's streams,
/// learning rates): recorded work reads them from the device's memory, where every run puts its own before it starts.
/// </summary>
internal sealed class Recording : IDisposable
{
    [ThreadStatic]
    private static Recording? current;

    private readonly List<Func<double>> numbers = [];
    private readonly List<double> first = [];
    private readonly Dictionary<Generator, ulong> streams = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Tensor> leaves = new(ReferenceEqualityComparer.Instance);
    private readonly Tensor? table;
    private readonly IBackend? backend;

    /// <summary>Starts; the function runs as it is called.</summary>
    public Recording() => current = this;

    /// <summary>Starts; the function is recorded.</summary>
    /// <param name="table">Where the numbers of a run are.</param>
    /// <param name="backend">Takes the ops of the table's device on this thread.</param>
    public Recording(Tensor table, IBackend backend)
        : this()
    {
        (this.table, this.backend) = (table, backend);
    }

    /// <summary>What takes a device's ops on this thread, or null where nothing of it is recorded.</summary>
    public static IBackend? BackendOf(Device device) => current is { backend: { } backend } recording && recording.table!.Device == device ? backend : null;

    /// <summary>The function that runs on this thread, or null.</summary>
    public static Recording? Current => current;

    /// <summary>How many numbers the function took.</summary>
    public int Count => first.Count;

    /// <summary>The numbers of this run.</summary>
    public double[] Numbers => [.. first];

    /// <summary>Throws where a graph's function runs on this thread.</summary>
    public static void Refuse(string what)
    {
        if (current is not null)
            throw new GraphException($"graph: {what}.");
    }

    /// <summary>Throws where the function is recorded: what it would make now, every run would make anew.</summary>
    public void RefuseNewState(string what)
    {
        if (table is not null)
            throw new GraphException($"graph: {what} when the function is recorded, and had none in its first run.");
    }

    /// <summary>Where the recorded work finds the stream that a generator gave; null where it is not recorded.</summary>
    public BufferView? Stream(Generator generator, ulong stream, Device device)
    {
        streams.TryAdd(generator, stream);
        return Number(
            BitConverter.UInt64BitsToDouble(stream), () => BitConverter.UInt64BitsToDouble(generator.Stream++), device);
    }

    /// <summary>Where the recorded work finds an optimiser's learning rate; null where it is not recorded.</summary>
    public BufferView? Rate(Sgd optimiser, Device device) =>
        Number(optimiser.LearningRate, () => optimiser.LearningRate, device);

    /// <summary>Writes down the numbers of the next run.</summary>
    /// <param name="next">As many as <see cref="Count"/>.</param>
    public void NextNumbers(double[] next)
    {
        for (var i = 0; i < next.Length; i++)
            next[i] = numbers[i]();
    }

    /// <summary>Notes a leaf that gets a gradient in the function.</summary>
    public void Took(Tensor leaf) => leaves.Add(leaf);

    /// <summary>
    /// Writes the gradients down that were kept as two factors, at the function's end: outside it a gradient is a tensor, which every
    /// run overwrites.
    /// </summary>
    public void WriteGradients()
    {
        foreach (var leaf in leaves)
            _ = leaf.Grad;
    }

    /// <summary>It did not run: gives the generators back what it drew, and forgets gradients that nobody computed.</summary>
    public void Undo()
    {
        foreach (var leaf in leaves)
            leaf.ZeroGrad();
        foreach (var (generator, stream) in streams)
            generator.Stream = stream;
    }

    /// <summary>The function has returned.</summary>
    public void Dispose() => current = null;

    private BufferView? Number(double value, Func<double> next, Device device)
    {
        if (table is not null && (Count == table.Count || device != table.Device))
            throw new GraphException("graph: the function draws other numbers when it is recorded than in its first run.");
        numbers.Add(next);
        first.Add(value);
        return table?.Element(Count - 1);
    }
}
