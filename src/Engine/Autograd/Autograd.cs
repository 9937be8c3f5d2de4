namespace ZfNet.Engine;

/// <summary>Reverse-mode differentiation, define by run: ops leave nodes behind, backward walks them.</summary>
public static class Autograd
{
    [ThreadStatic]
    private static int noGrad;

    /// <summary>Whether ops on this thread record nodes.</summary>
    public static bool IsEnabled => noGrad == 0;

    /// <summary>Switches recording off on this thread until the result is disposed; nests.</summary>
    public static IDisposable NoGrad() => new NoGradMode();

    /// <summary>Whether an op on these inputs has to leave a node.</summary>
    internal static bool Needed(params ReadOnlySpan<Tensor?> inputs)
    {
        if (!IsEnabled)
            return false;
        foreach (var input in inputs)
            if (input is { RequiresGrad: true })
                return true;
        return false;
    }

    /// <summary>Every node that a gradient at <paramref name="root"/> reaches.</summary>
    internal static IEnumerable<GradNode> Reachable(GradNode root) => TopologicalOrder(root);

    /// <summary>Walks from <paramref name="root"/> to the leaves, adding up gradients; takes ownership of <paramref name="gradient"/>.</summary>
    internal static void Run(GradNode root, Tensor gradient, bool retainGraph)
    {
        using var mode = NoGrad();
        using var scope = new TensorScope();
        var pending = new Dictionary<GradNode, Tensor> { [root] = gradient };
        try
        {
            Walk(root, pending, retainGraph);
        }
        finally
        {
            // Left behind only by an error on the way.
            foreach (var tensor in pending.Values)
                tensor.Dispose();
        }
    }

    private static void Walk(GradNode root, Dictionary<GradNode, Tensor> pending, bool retainGraph)
    {
        foreach (var node in TopologicalOrder(root))
        {
            if (!pending.TryGetValue(node, out var arrived))
                continue;
            var results = node.Run(arrived);
            pending.Remove(node);
            arrived.Dispose();
            if (!retainGraph)
                node.Dispose();
            for (var i = 0; i < results.Length; i++)
            {
                if (results[i] is not { } result)
                    continue;
                var (next, leaf) = node.Edges[i];
                if (next is not null)
                    pending[next] = pending.TryGetValue(next, out var sum) ? AddTo(sum, result) : result;
                else
                    leaf!.Accumulate(result);
            }
        }
    }

    private static Tensor AddTo(Tensor sum, Tensor term)
    {
        // A gradient passed on as it came shares its memory, and must not change under its other holder.
        var total = sum.IsShared ? Tensor.Empty(sum.Shape, sum.DType, sum.Device) : sum;
        sum.Backend.Add(sum.View, term.View, total.View);
        if (total != sum)
            sum.Dispose();
        term.Dispose();
        return total;
    }

    /// <summary>Nodes before those that they lead to.</summary>
    private static List<GradNode> TopologicalOrder(GradNode root)
    {
        var order = new List<GradNode>();
        var seen = new HashSet<GradNode> { root };
        var path = new Stack<(GradNode Node, int Edge)>([(root, 0)]);
        while (path.TryPop(out var step))
        {
            if (step.Edge == step.Node.Edges.Count)
            {
                order.Add(step.Node);
                continue;
            }
            path.Push((step.Node, step.Edge + 1));
            if (step.Node.Edges[step.Edge].Node is { } next && seen.Add(next))
                path.Push((next, 0));
        }
        order.Reverse();
        return order;
    }

    private sealed class NoGradMode : IDisposable
    {
        private bool closed;

        public NoGradMode() => noGrad++;

        public void Dispose()
        {
            if (closed)
                return;
            closed = true;
            noGrad--;
        }
    }
}
