namespace ZfNet.PtxEmulator.Execution;

/// <summary>A decoded instruction that runs over the 32 lanes of a warp at once.</summary>
internal abstract class Operation
{
    /// <summary>
    /// Runs it for the lanes of <paramref name="mask"/> (bit i for lane i; never 0); other lanes keep what they have.
    /// The guard has been applied to the mask already.
    /// </summary>
    public abstract void Execute(Warp warp, uint mask);
}
