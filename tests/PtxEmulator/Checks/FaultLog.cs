using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Checks;

/// <summary>The faults of one software GPU. The threads of a launch write to it together.</summary>
internal sealed class FaultLog(int limit)
{
    private readonly Lock gate = new();
    private readonly List<EmulatorReport> all = [];
    private readonly List<EmulatorReport> pending = [];
    private readonly Dictionary<(KernelCode Code, int Pc, CheckKind Kind), EmulatorReport?> places = [];

    /// <summary>Every fault so far.</summary>
    public IReadOnlyList<EmulatorReport> All
    {
        get
        {
            lock (gate)
                return [.. all];
        }
    }

    /// <summary>Whether so much went wrong that a launch should be given up.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds a fault outside of any kernel.</summary>
    public EmulatorReport Add(EmulatorReport report)
    {
        lock (gate)
        {
            all.Add(report);
            pending.Add(report);
        }
        return report;
    }

    /// <summary>Adds a fault that its caller throws at once.</summary>
    public void Refuse(EmulatorReport report)
    {
        lock (gate)
            all.Add(report);
    }

    /// <summary>
    /// Adds a fault at an instruction: the first of its kind there is described, the others are counted.
    /// </summary>
    public void Add(KernelCode code, int pc, CheckKind kind, Func<EmulatorReport> describe)
    {
        lock (gate)
        {
            if (places.TryGetValue((code, pc, kind), out var known))
            {
                if (known is not null)
                    known.Count++;
                return;
            }
            if (places.Count >= limit)
            {
                IsFull = true;
                return;
            }
            var report = describe();
            places.Add((code, pc, kind), report);
            all.Add(report);
            pending.Add(report);
        }
    }

    /// <summary>Forgets what was counted at each instruction: the next launch reports anew.</summary>
    public void BeginLaunch()
    {
        lock (gate)
        {
            places.Clear();
            IsFull = false;
        }
    }

    /// <summary>What was added since the last call.</summary>
    public IReadOnlyList<EmulatorReport> TakePending()
    {
        lock (gate)
        {
            if (pending.Count == 0)
                return [];
            EmulatorReport[] taken = [.. pending];
            pending.Clear();
            return taken;
        }
    }
}
