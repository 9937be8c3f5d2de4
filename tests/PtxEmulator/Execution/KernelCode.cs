using ZfNet.PtxEmulator.Coverage;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>An instruction ready to run.</summary>
/// <param name="Operation">What it does.</param>
/// <param name="Guard">Index of its guard in the predicates, or -1.</param>
/// <param name="GuardFlip">All ones where the guard is negated.</param>
/// <param name="Mark">Bits that a warp which runs it notes down.</param>
internal readonly record struct Step(Operation Operation, int Guard, uint GuardFlip, ulong Mark = 0);

/// <summary>
/// A barrier of all threads and where every path from it leads: a warp that comes there without it is wrong.
/// </summary>
/// <param name="BarrierPc">The barrier.</param>
/// <param name="BarrierMark">The mark of having met it.</param>
/// <param name="AfterMark">The mark of having come to what is behind it.</param>
internal readonly record struct MarkedBarrier(int BarrierPc, ulong BarrierMark, ulong AfterMark);

/// <summary>A parameter of a kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the start of the parameters.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct KernelParameter(string Name, int Offset, int Bytes);

/// <summary>
/// A kernel, decoded: its own instructions followed by those of every function that it may call. Shared by all warps
/// that run it.
/// </summary>
internal sealed class KernelCode
{
    private readonly Lazy<PostDominators> postDominators;

    public KernelCode(string module, string name, Step[] steps, PtxInstruction[] instructions, FrameLayout[] frames)
    {
        Module = module;
        Name = name;
        Steps = steps;
        Instructions = instructions;
        Frames = frames;
        Covered = PtxCoverage.Table(module, name, instructions);
        postDominators = new(() => new PostDominators(steps));
    }

    /// <summary>The module's name.</summary>
    public string Module { get; }

    /// <summary>The entry's name.</summary>
    public string Name { get; }

    /// <summary>The instructions, ready to run.</summary>
    public Step[] Steps { get; }

    /// <summary>The same as written.</summary>
    public PtxInstruction[] Instructions { get; }

    /// <summary>The entry's registers and those of each function that it may call.</summary>
    public FrameLayout[] Frames { get; }

    /// <summary>The entry's parameters.</summary>
    public required KernelParameter[] Parameters { get; init; }

    /// <summary>Bytes of all parameters.</summary>
    public required int ParameterBytes { get; init; }

    /// <summary>Shared memory as declared.</summary>
    public required SharedLayout Shared { get; init; }

    /// <summary>Most threads a block, where the PTX says.</summary>
    public required int? MaxThreads { get; init; }

    /// <summary>Whether blocks may order their accesses by fences and atomics.</summary>
    public required bool HasFences { get; init; }

    /// <summary>Barriers whose warps are watched.</summary>
    public required MarkedBarrier[] MarkedBarriers { get; init; }

    /// <summary>Whether there are functions to call.</summary>
    public bool HasCalls => Frames.Length > 1;

    /// <summary>For each instruction whether some warp has run it.</summary>
    public bool[] Covered { get; }

    /// <summary>Where paths meet again.</summary>
    public PostDominators PostDominators => postDominators.Value;

    /// <summary>The frame of an instruction's function.</summary>
    public FrameLayout FrameOf(int pc)
    {
        for (var i = Frames.Length - 1; i > 0; i--)
        {
            if (pc >= Frames[i].FirstPc)
                return Frames[i];
        }
        return Frames[0];
    }
}
