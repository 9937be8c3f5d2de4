namespace ZfNet.Engine;

/// <summary>
/// Disposes, at its end, every tensor and graph node made on this thread since its start, but for those that were kept.
/// Scopes nest.
/// </summary>
/// <example><code>using var scope = new TensorScope(); ... return scope.Keep(result);</code></example>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? current;

    private readonly TensorScope? outer;
    private readonly HashSet<IDisposable> members = new(ReferenceEqualityComparer.Instance);
    private bool closed;

    /// <summary>Opens a scope inside the thread's current one.</summary>
    public TensorScope()
    {
        outer = current;
        current = this;
    }

    /// <summary>Hands a tensor to the enclosing scope, or to the caller where there is none, and returns it.</summary>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Move(tensor);
        if (tensor.Node is { } node)
            foreach (var step in Autograd.Reachable(node))
                Move(step);
        return tensor;
    }

    /// <summary>Disposes what is left and returns to the enclosing scope.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open.</exception>
    public void Dispose()
    {
        if (closed)
            return;
        if (current != this)
            throw new InvalidOperationException("TensorScope: an inner scope is still open, or this one belongs to another thread.");
        closed = true;
        current = outer;
        foreach (var member in members.ToArray())
            member.Dispose();
        members.Clear();
    }

    internal static TensorScope? Enter(IDisposable member)
    {
        current?.members.Add(member);
        return current;
    }

    internal void Leave(IDisposable member) => members.Remove(member);

    private void Move(IDisposable member)
    {
        if (!members.Remove(member))
            return;
        outer?.members.Add(member);
        switch (member)
        {
            case Tensor tensor: tensor.Scope = outer; break;
            case GradNode node: node.Scope = outer; break;
        }
    }
}
