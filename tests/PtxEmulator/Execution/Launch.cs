using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Memory;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>One launch of a kernel: blocks are handed to the CPU's threads one by one.</summary>
internal sealed unsafe class Launch
{
    private long next;
    private long laneSteps;
    private volatile bool stopped;
    private ExceptionDispatchInfo? error;

    /// <summary>The kernel.</summary>
    public required KernelCode Code { get; init; }

    /// <summary>Grid, block and dynamic shared memory.</summary>
    public required LaunchShape Shape { get; init; }

    /// <summary>The arguments, laid out, in memory that does not move.</summary>
    public required byte[] Parameters { get; init; }

    /// <summary>Where they are.</summary>
    public byte* ParameterMemory { get; private set; }

    /// <summary>What to check.</summary>
    public required EmulatorChecks Checks { get; init; }

    /// <summary>Where faults go.</summary>
    public required FaultLog Log { get; init; }

    /// <summary>The device's memory.</summary>
    public required AddressSpace Space { get; init; }

    /// <summary>Counts launches, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>%nsmid.</summary>
    public required int Multiprocessors { get; init; }

    /// <summary>CPU threads at most.</summary>
    public required int Workers { get; init; }

    /// <summary>Whether several CPU threads run blocks.</summary>
    public bool IsParallel { get; private set; }

    /// <summary>Who is told of every instruction, or null.</summary>
    public ITrace? Trace { get; init; }

    /// <summary>What blocks have ordered among themselves, or null where the kernel has no fences.</summary>
    public BlockOrder? Order { get; private set; }

    /// <summary>Lane instructions run.</summary>
    public long LaneSteps => laneSteps;

    /// <summary>
    /// Runs all blocks. A fault that ends the launch is in the log; anything else that is thrown comes out.
    /// </summary>
    public void Run()
    {
        ParameterMemory = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(Parameters, 0);
        var blocks = Shape.Grid.Count;
        var workers = (int)Math.Min(Workers, blocks);
        IsParallel = workers > 1;
        if (Code.HasFences && Checks.GlobalRaces)
            Order = new BlockOrder();
        Log.BeginLaunch();
        if (workers == 1)
            Work(blocks);
        else
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work(blocks));
        error?.Throw();
    }

    /// <summary>Ends the launch here if some thread wanted it to end.</summary>
    public void ThrowIfStopped()
    {
        if (stopped)
            throw new LaunchStoppedException();
    }

    private void Work(long blocks)
    {
        using var block = new Block(this);
        try
        {
            while (!stopped && Interlocked.Increment(ref next) - 1 is var index && index < blocks)
            {
                block.Run(index);
                if (Log.IsFull)
                    stopped = true;
            }
        }
        catch (LaunchStoppedException)
        {
            stopped = true;
        }
        catch (Exception fault)
        {
            Interlocked.CompareExchange(ref error, ExceptionDispatchInfo.Capture(fault), null);
            stopped = true;
        }
        Interlocked.Add(ref laneSteps, block.Warps.Sum(warp => warp.LaneSteps));
    }
}

/// <summary>A fault ended the launch; it has been reported.</summary>
internal sealed class LaunchStoppedException : Exception;

/// <summary>Told of every instruction that runs.</summary>
internal interface ITrace
{
    /// <summary>After an instruction has run for the lanes of a mask.</summary>
    void After(Warp warp, int pc, uint mask);
}
