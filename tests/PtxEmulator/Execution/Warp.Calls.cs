using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>Calls of device functions: each lane has its own stack of return addresses.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>How deep calls may nest.</summary>
    public const int MaxDepth = 256;

    /// <summary>Sends lanes into a function; they come back to the instruction after this.</summary>
    public void Call(uint lanes, FrameLayout callee, ReadOnlySpan<ParameterCopy> arguments)
    {
        if (Depth == MaxDepth)
        {
            Faults.CallDepth(this, lanes);
            return;
        }
        var next = Pc;
        var rest = Active & ~lanes;
        if (rest != 0)
            Park(rest, next);
        Memory.Prepare(callee, Depth + 1);
        var target = Memory.LocalFrame(callee, Depth + 1);
        for (var left = lanes; left != 0; left &= left - 1)
        {
            var lane = BitOperations.TrailingZeroCount(left);
            Memory.ReturnPcs[(Depth * 32) + lane] = next;
            var local = Memory.Local(lane);
            foreach (var copy in arguments)
                Buffer.MemoryCopy(
                    local + LocalFrame + copy.Caller, local + target + copy.Callee, copy.Bytes, copy.Bytes);
        }
        Pc = callee.FirstPc;
        NextMerge = Nowhere;
        EnterFrame(Depth + 1);
    }

    /// <summary>Ends threads, or sends them back to where they were called from.</summary>
    public void Return(uint lanes)
    {
        if (Depth == 0)
        {
            Exit(lanes);
            return;
        }
        var steps = Block.Launch.Code.Steps;
        var callerDepth = Depth - 1;
        for (var left = lanes; left != 0; left &= left - 1)
        {
            var lane = BitOperations.TrailingZeroCount(left);
            var pc = Memory.ReturnPcs[(callerDepth * 32) + lane];
            var call = (CallOperation)steps[pc - 1].Operation;
            var caller = callerDepth == 0 ? 0 : Memory.LocalFrame(Block.Launch.Code.FrameOf(pc - 1), callerDepth);
            var local = Memory.Local(lane);
            foreach (var copy in call.Returns)
                Buffer.MemoryCopy(
                    local + LocalFrame + copy.Callee, local + caller + copy.Caller, copy.Bytes, copy.Bytes);
            LanePc[lane] = pc;
            LaneDepth[lane] = callerDepth;
        }
        Waiting |= lanes;
        Leave(lanes);
    }

    /// <summary>Points the registers at the frame of the running lanes' function.</summary>
    private void EnterFrame(int depth)
    {
        Depth = depth;
        var frame = depth == 0 ? Block.Launch.Code.Frames[0] : Block.Launch.Code.FrameOf(Pc);
        Memory.Enter(this, frame, depth);
        LocalFrame = Memory.LocalFrame(frame, depth);
    }
}

/// <summary>A parameter that a call copies.</summary>
/// <param name="Caller">Where it lies in the caller's local memory.</param>
/// <param name="Callee">Where it lies in the function's.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct ParameterCopy(int Caller, int Callee, int Bytes);
