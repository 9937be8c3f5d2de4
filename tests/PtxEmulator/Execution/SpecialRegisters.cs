using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>The special registers that do not change while a block runs.</summary>
internal static class SpecialRegisters
{
    private static readonly string[] Names =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z",
        "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%gridid",
        "%lanemask_eq", "%lanemask_le", "%lanemask_lt", "%lanemask_ge", "%lanemask_gt", "%dynamic_smem_size",
        "%total_smem_size", "%aggr_smem_size", "%clusterid.x", "%clusterid.y", "%clusterid.z", "%nclusterid.x",
        "%nclusterid.y", "%nclusterid.z", "%cluster_ctaid.x", "%cluster_ctaid.y", "%cluster_ctaid.z",
        "%cluster_nctaid.x", "%cluster_nctaid.y", "%cluster_nctaid.z", "%cluster_ctarank", "%cluster_nctarank",
        "%is_explicit_cluster",
    ];

    private static readonly string[] Changing =
        ["%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi"];

    /// <summary>The number of a register that does not change, or -1.</summary>
    public static int Find(string name) => Array.IndexOf(Names, name);

    /// <summary>Whether its value changes while a thread runs.</summary>
    public static bool Changes(string name) => Array.IndexOf(Changing, name) >= 0;

    /// <summary>Whether its value is the block's.</summary>
    public static bool IsOfBlock(int number) => Names[number] is "%ctaid.x" or "%ctaid.y" or "%ctaid.z" or "%smid"
        or "%clusterid.x" or "%clusterid.y" or "%clusterid.z";

    /// <summary>The value for a lane.</summary>
    public static uint Value(int number, Block block, Warp warp, int lane)
    {
        var launch = block.Launch;
        Extent size = launch.Shape.Block, grid = launch.Shape.Grid, at = block.Index;
        var thread = warp.FirstThread + lane;
        return (uint)(Names[number] switch
        {
            "%tid.x" => thread % size.X,
            "%tid.y" => thread / size.X % size.Y,
            "%tid.z" => thread / size.X / size.Y,
            "%ntid.x" => size.X,
            "%ntid.y" => size.Y,
            "%ntid.z" => size.Z,
            "%ctaid.x" or "%clusterid.x" => at.X,
            "%ctaid.y" or "%clusterid.y" => at.Y,
            "%ctaid.z" or "%clusterid.z" => at.Z,
            "%nctaid.x" or "%nclusterid.x" => grid.X,
            "%nctaid.y" or "%nclusterid.y" => grid.Y,
            "%nctaid.z" or "%nclusterid.z" => grid.Z,
            "%laneid" => lane,
            "%warpid" => warp.Index,
            "%nwarpid" => 32,
            "%smid" => (int)(block.Linear % launch.Multiprocessors),
            "%nsmid" => launch.Multiprocessors,
            "%gridid" => launch.Number,
            "%lanemask_eq" => 1 << lane,
            "%lanemask_le" => (int)(uint.MaxValue >> (31 - lane)),
            "%lanemask_lt" => (1 << lane) - 1,
            "%lanemask_ge" => -1 << lane,
            "%lanemask_gt" => -1 << lane << 1,
            "%dynamic_smem_size" => launch.Shape.DynamicSharedBytes,
            "%total_smem_size" or "%aggr_smem_size" => launch.Code.Shared.StaticBytes + launch.Shape.DynamicSharedBytes,
            "%cluster_nctaid.x" or "%cluster_nctaid.y" or "%cluster_nctaid.z" or "%cluster_nctarank" => 1,
            _ => 0,
        });
    }
}
