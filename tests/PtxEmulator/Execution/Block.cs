using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Memory;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// A block of threads on one CPU thread: its warps take turns. It runs one block of the grid after the other.
/// </summary>
internal sealed class Block : IDisposable
{
    /// <summary>Instructions that a warp runs before the next has its turn.</summary>
    private const int Quantum = 1 << 12;

    private readonly int threads;
    private readonly bool[] finished;

    public Block(Launch launch)
    {
        Launch = launch;
        threads = (int)launch.Shape.Block.Count;
        Warps = new Warp[(threads + 31) / 32];
        finished = new bool[Warps.Length];
        var clear = launch.Checks.UninitializedReads;
        for (var i = 0; i < Warps.Length; i++)
            Warps[i] = new Warp(this, i, new WarpMemory(launch.Code, clear));
        Shared = new SharedMemory(launch);
        Barriers = new Barriers(this);
    }

    /// <summary>What it is part of.</summary>
    public Launch Launch { get; }

    /// <summary>Its warps.</summary>
    public Warp[] Warps { get; }

    /// <summary>Its shared memory.</summary>
    public SharedMemory Shared { get; }

    /// <summary>Its barriers.</summary>
    public Barriers Barriers { get; }

    /// <summary>%ctaid.</summary>
    public Extent Index { get; private set; }

    /// <summary>The number of the block in the grid.</summary>
    public long Linear { get; private set; }

    /// <summary>Counts what orders accesses: barriers and synchronisations of warps.</summary>
    public uint Clock { get; private set; }

    /// <summary>The clock at the last barrier of all warps.</summary>
    public uint FullSync { get; private set; }

    /// <summary>
    /// For each pair of warps the clock at the last barrier that not all shared, [me * 32 + other]; or null.
    /// </summary>
    public uint[]? PartialSync { get; private set; }

    /// <summary>Runs a block of the grid to its end.</summary>
    public void Run(long linear)
    {
        var grid = Launch.Shape.Grid;
        Linear = linear;
        Index = new((int)(linear % grid.X), (int)(linear / grid.X % grid.Y), (int)(linear / grid.X / grid.Y));
        Clock = FullSync = 1;
        PartialSync = null;
        Shared.Start();
        Barriers.Start();
        for (var i = 0; i < Warps.Length; i++)
        {
            Warps[i].Start(threads);
            finished[i] = false;
        }
        for (var left = Warps.Length; left > 0;)
        {
            var runnable = false;
            for (var i = 0; i < Warps.Length; i++)
            {
                if (finished[i])
                    continue;
                var state = Warps[i].Run(Quantum);
                runnable |= state == WarpState.Runnable;
                if (state == WarpState.Finished)
                {
                    finished[i] = true;
                    left--;
                }
            }
            if (left > 0 && !Barriers.Release() && !runnable)
                Barriers.Deadlock();
        }
        Barriers.End();
    }

    /// <summary>Moves the clock on and returns the time.</summary>
    public uint Tick() => ++Clock;

    /// <summary>Notes a barrier of some warps, and of those that arrived at some time and went on.</summary>
    public void Order(ReadOnlySpan<Warp> participants, bool all, IReadOnlyList<(int Warp, uint Time)> arrivals)
    {
        var now = Tick();
        foreach (var warp in participants)
            warp.SetSync(now);
        if (all)
        {
            FullSync = now;
            return;
        }
        PartialSync ??= new uint[32 * 32];
        foreach (var warp in participants)
        {
            foreach (var other in participants)
            {
                for (var third = 0; third < Warps.Length; third++)
                {
                    var place = (warp.Index * 32) + third;
                    PartialSync[place] = Math.Max(PartialSync[place], PartialSync[(other.Index * 32) + third]);
                }
                PartialSync[(warp.Index * 32) + other.Index] = now;
            }
            foreach (var (index, time) in arrivals)
                PartialSync[(warp.Index * 32) + index] = Math.Max(PartialSync[(warp.Index * 32) + index], time);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var warp in Warps)
            warp.Memory.Dispose();
        Shared.Dispose();
    }
}
