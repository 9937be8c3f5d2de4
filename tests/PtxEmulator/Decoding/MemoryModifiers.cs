using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>
/// The modifiers of memory instructions: space, type, width, ordering, cache hints; anything else is refused.
/// </summary>
internal readonly record struct MemoryModifiers(
    PtxSpace? Space, PtxType Type, int Vector, bool IsStrong, bool IsVolatile, IReadOnlyList<string> Rest)
{
    private static readonly HashSet<string> Hints =
    [
        "ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "weak", "cta", "cluster", "gpu", "sys", "noftz", "volatile",
        "relaxed", "acquire", "release", "acq_rel", "L1::evict_normal", "L1::evict_unchanged", "L1::evict_first",
        "L1::evict_last", "L1::no_allocate", "L2::64B", "L2::128B", "L2::256B", "L2::evict_first", "L2::evict_last",
        "L2::evict_normal", "unified",
    ];

    /// <summary>Reads them; what is neither space, type, vector nor hint is the rest.</summary>
    public static MemoryModifiers Read(PtxInstruction instruction)
    {
        PtxSpace? space = null;
        PtxType? type = null;
        var vector = 1;
        bool strong = false, isVolatile = false;
        var rest = new List<string>();
        foreach (var word in instruction.Modifiers)
        {
            if (FindSpace(word) is { } found)
                space = found;
            else if (word is "v2" or "v4" or "v8")
                vector = word[1] - '0';
            else if (PtxTypes.FromName(word) is { } named)
                type = named;
            else if (!Hints.Contains(word))
                rest.Add(word);
            strong |= word is "relaxed" or "acquire" or "release";
            isVolatile |= word == "volatile";
        }
        return type is null
            ? throw new UnsupportedInstructionException("it has no type")
            : new(space, type.Value, vector, strong, isVolatile, rest);
    }

    /// <summary>The space that a modifier names, or null.</summary>
    public static PtxSpace? FindSpace(string word) => word switch
    {
        "global" => PtxSpace.Global,
        "const" => PtxSpace.Const,
        "shared" or "shared::cta" => PtxSpace.Shared,
        "local" => PtxSpace.Local,
        "param" or "param::entry" or "param::func" => PtxSpace.Param,
        _ => null,
    };

    /// <summary>Refuses modifiers that nobody took.</summary>
    public void End()
    {
        if (Rest.Count > 0)
            throw new UnsupportedInstructionException($".{Rest[0]} is not a modifier that it has here");
    }

    /// <summary>Whether threads that use one place by such instructions do not race.</summary>
    public bool IsOrdered => IsStrong || (IsVolatile && Space != PtxSpace.Shared);

    /// <summary>Where the addresses point; a parameter by register is generic.</summary>
    public MemorySpace MemorySpace => Space switch
    {
        PtxSpace.Global or PtxSpace.Const => MemorySpace.Global,
        PtxSpace.Shared => MemorySpace.Shared,
        PtxSpace.Local => MemorySpace.Local,
        _ => MemorySpace.Generic,
    };
}
