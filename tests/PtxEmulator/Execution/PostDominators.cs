namespace ZfNet.PtxEmulator.Execution;

/// <summary>For each instruction the next that every path from it to the end must pass.</summary>
internal sealed class PostDominators
{
    private readonly Step[] steps;
    private readonly int end;
    private readonly int[] immediate;

    public PostDominators(Step[] steps)
    {
        this.steps = steps;
        end = steps.Length;
        immediate = Compute();
    }

    /// <summary>
    /// The next instruction on every path; the number of instructions where there is none but the end.
    /// </summary>
    public int Next(int pc) => immediate[pc];

    /// <summary>Whether nothing but the end comes at an instruction.</summary>
    public bool IsEnd(int pc)
    {
        for (var jumps = 0; pc < end && jumps < end; jumps++)
        {
            if (steps[pc].Guard >= 0 || steps[pc].Operation is not ControlOperation control)
                return false;
            if (control is ReturnOperation)
                return true;
            if (control is not BranchOperation branch)
                return false;
            pc = branch.Target;
        }
        return pc == end;
    }

    /// <summary>
    /// Whether lanes at <paramref name="there"/> have left those at a barrier for good and yet will meet them later:
    /// both
    /// come to one instruction, and the barrier is not on every path from there.
    /// </summary>
    public bool Skips(int barrier, int there)
    {
        var before = new HashSet<int>();
        for (var pc = there; pc < end; pc = immediate[pc])
        {
            if (pc == barrier)
                return false;
            if (!before.Add(pc))
                return false;
        }
        for (var pc = immediate[barrier]; pc < end; pc = immediate[pc])
        {
            if (before.Contains(pc))
                return !IsEnd(pc);
        }
        return false;
    }

    private List<int>[] Predecessors()
    {
        var predecessors = new List<int>[end + 1];
        for (var i = 0; i <= end; i++)
            predecessors[i] = [];
        for (var pc = 0; pc < end; pc++)
        {
            var goesOn = true;
            if (steps[pc].Operation is ControlOperation control)
            {
                foreach (var target in control.Targets)
                    predecessors[target].Add(pc);
                if (control is ReturnOperation)
                    predecessors[end].Add(pc);
                goesOn = control.GoesOn || steps[pc].Guard >= 0;
            }
            if (goesOn)
                predecessors[Math.Min(pc + 1, end)].Add(pc);
        }
        return predecessors;
    }

    /// <summary>Cooper, Harvey and Kennedy's algorithm on the reversed graph.</summary>
    private int[] Compute()
    {
        var predecessors = Predecessors();
        var successors = new List<int>[end + 1];
        for (var i = 0; i <= end; i++)
            successors[i] = [];
        for (var to = 0; to <= end; to++)
        {
            foreach (var from in predecessors[to])
                successors[from].Add(to);
        }
        var (order, rank) = Order(predecessors);
        var result = new int[end + 1];
        Array.Fill(result, -1);
        result[end] = end;
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var pc in order)
            {
                if (pc == end)
                    continue;
                var best = -1;
                foreach (var next in successors[pc])
                {
                    if (result[next] >= 0)
                        best = best < 0 ? next : Meet(result, rank, best, next);
                }
                if (best >= 0 && result[pc] != best)
                {
                    result[pc] = best;
                    changed = true;
                }
            }
        }
        // From an endless loop no path leads to the end.
        for (var pc = 0; pc < end; pc++)
        {
            if (result[pc] < 0)
                result[pc] = end;
        }
        return result;
    }

    private (List<int> Order, int[] Rank) Order(List<int>[] predecessors)
    {
        var rank = new int[end + 1];
        var finished = new List<int>();
        var seen = new bool[end + 1];
        var stack = new Stack<(int Node, int Next)>();
        stack.Push((end, 0));
        seen[end] = true;
        while (stack.TryPop(out var top))
        {
            if (top.Next == predecessors[top.Node].Count)
            {
                finished.Add(top.Node);
                continue;
            }
            stack.Push((top.Node, top.Next + 1));
            var node = predecessors[top.Node][top.Next];
            if (seen[node])
                continue;
            seen[node] = true;
            stack.Push((node, 0));
        }
        finished.Reverse();
        for (var i = 0; i < finished.Count; i++)
            rank[finished[i]] = i;
        return (finished, rank);
    }

    private static int Meet(int[] result, int[] rank, int a, int b)
    {
        while (a != b)
        {
            while (rank[a] > rank[b])
                a = result[a];
            while (rank[b] > rank[a])
                b = result[b];
        }
        return a;
    }
}
