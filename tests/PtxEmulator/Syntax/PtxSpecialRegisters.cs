using System.Collections.Frozen;

namespace ZfNet.PtxEmulator.Syntax;

/// <summary>The registers that exist without a declaration.</summary>
internal static class PtxSpecialRegisters
{
    static readonly FrozenSet<string> Names = All().ToFrozenSet();

    /// <summary>Whether a name, with its percent sign and component (<c>%tid.x</c>), is one of them.</summary>
    public static bool Contains(string name) => Names.Contains(name);

    static IEnumerable<string> All()
    {
        string[] vectors =
            ["tid", "ntid", "ctaid", "nctaid", "clusterid", "nclusterid", "cluster_ctaid", "cluster_nctaid"];
        string[] scalars =
        [
            "laneid", "warpid", "nwarpid", "smid", "nsmid", "gridid", "is_explicit_cluster", "cluster_ctarank",
            "cluster_nctarank", "lanemask_eq", "lanemask_le", "lanemask_lt", "lanemask_ge", "lanemask_gt", "clock",
            "clock_hi", "clock64", "globaltimer", "globaltimer_lo", "globaltimer_hi", "reserved_smem_offset_begin",
            "reserved_smem_offset_end", "reserved_smem_offset_cap", "reserved_smem_offset_0", "reserved_smem_offset_1",
            "total_smem_size", "aggr_smem_size", "dynamic_smem_size", "current_graph_exec",
        ];
        foreach (var name in vectors)
            foreach (var axis in "xyz")
                yield return $"%{name}.{axis}";
        foreach (var name in scalars)
            yield return $"%{name}";
        for (var i = 0; i < 32; i++)
            yield return $"%envreg{i}";
        for (var i = 0; i < 8; i++)
        {
            yield return $"%pm{i}";
            yield return $"%pm{i}_64";
        }
    }
}
