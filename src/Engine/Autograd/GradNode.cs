namespace ZfNet.Engine;

/// <summary>
/// One op in the graph that backward walks. A node knows the nodes that made its inputs, and what its constructor saved;
/// that list is everything that it needs to turn the gradient of its output into those of its inputs.
/// </summary>
public abstract class GradNode : IDisposable
{
    private readonly List<(Tensor Tensor, long Version)> saved = [];

    /// <summary>Links the node to the inputs that want a gradient.</summary>
    /// <param name="op">The op's name, for messages.</param>
    /// <param name="inputs">The op's inputs, in the order of <see cref="Backward"/>'s result.</param>
    protected GradNode(string op, params ReadOnlySpan<Tensor?> inputs)
    {
        Op = op;
        var edges = new Edge[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            edges[i] = new Edge(inputs[i]?.Node, inputs[i] is { RequiresGrad: true, Node: null } ? inputs[i] : null);
        Edges = edges;
        Scope = TensorScope.Enter(this);
    }

    /// <summary>The op's name.</summary>
    public string Op { get; }

    /// <summary>Where each input's gradient goes: to the node that made it, or to a leaf.</summary>
    internal IReadOnlyList<Edge> Edges { get; }

    internal TensorScope? Scope { get; set; }

    private bool Freed { get; set; }

    /// <summary>Frees what was saved; backward cannot pass here again.</summary>
    public void Dispose()
    {
        Freed = true;
        Scope?.Leave(this);
        foreach (var (tensor, _) in saved)
            tensor.Dispose();
        saved.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks that nothing was freed or changed, and runs the op's rule.</summary>
    internal Tensor?[] Run(Tensor gradient)
    {
        if (Freed)
            throw new InvalidOperationException($"{Op}: this part of the graph was freed by an earlier backward or by its scope; call Backward(retainGraph: true) to pass more than once.");
        foreach (var (tensor, version) in saved)
            if (tensor.Version != version)
                throw new InvalidOperationException($"{Op}: a tensor {tensor.Shape} that backward needs was changed in place since the forward pass.");
        return Backward(gradient);
    }

    /// <summary>Keeps a tensor's memory for backward, whatever happens to the tensor itself.</summary>
    protected Tensor Save(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var lease = tensor.Lease();
        saved.Add((lease, lease.Version));
        return lease;
    }

    /// <summary>Whether input <paramref name="index"/> wants a gradient; what nobody asks for is not computed.</summary>
    protected bool Needs(int index) => Edges[index].Node is not null || Edges[index].Leaf is not null;

    /// <summary>The inputs' gradients from the output's, null where none is wanted; new tensors or leases, never the argument itself.</summary>
    protected abstract Tensor?[] Backward(Tensor gradient);

    /// <summary>Where a gradient goes.</summary>
    internal readonly record struct Edge(GradNode? Node, Tensor? Leaf);
}
