using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>A variable in shared memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct SharedVariable(string Name, int Offset, int Bytes);

/// <summary>
/// Where a kernel's shared variables lie: apart from each other, so that an access past the end of one is not mistaken
/// for another. Dynamic shared memory comes last.
/// </summary>
internal sealed class SharedLayout
{
    private const int Gap = 256;

    private readonly Dictionary<string, int> offsets = [];
    private readonly List<SharedVariable> variables = [];

    public SharedLayout(IEnumerable<PtxVariable> declared)
    {
        long end = 0, packed = 0;
        var dynamicAlignment = 16;
        var dynamicNames = new List<string>();
        foreach (var variable in declared)
        {
            if (variable.Count == 0)
            {
                dynamicNames.Add(variable.Name);
                dynamicAlignment = Math.Max(dynamicAlignment, variable.Alignment);
                continue;
            }
            packed = RoundUp(packed, variable.Alignment) + variable.Bytes;
            var offset = RoundUp(end, variable.Alignment);
            end = offset + variable.Bytes + Gap;
            if (end > int.MaxValue)
                throw new UnsupportedSharedSizeException(variable);
            offsets.Add(variable.Name, (int)offset);
            variables.Add(new(variable.Name, (int)offset, (int)variable.Bytes));
        }
        StaticBytes = (int)packed;
        DynamicOffset = (int)RoundUp(end, dynamicAlignment);
        DynamicName = dynamicNames.FirstOrDefault();
        foreach (var name in dynamicNames)
            offsets.Add(name, DynamicOffset);
    }

    /// <summary>Bytes as a device counts them.</summary>
    public int StaticBytes { get; }

    /// <summary>Where dynamic shared memory starts.</summary>
    public int DynamicOffset { get; }

    /// <summary>What the kernel calls its dynamic shared memory, or null.</summary>
    public string? DynamicName { get; }

    /// <summary>The variables of known size.</summary>
    public IReadOnlyList<SharedVariable> Variables => variables;

    /// <summary>Where a variable lies, or null.</summary>
    public int? Offset(string name) => offsets.TryGetValue(name, out var offset) ? offset : null;

    /// <summary>
    /// The variable that an offset lies in or is nearest to, given the bytes of dynamic memory; or null.
    /// </summary>
    public SharedVariable? Nearest(long offset, int dynamicBytes)
    {
        IEnumerable<SharedVariable> all = variables;
        if (dynamicBytes > 0)
            all = all.Append(new(DynamicName ?? "dynamic shared memory", DynamicOffset, dynamicBytes));
        SharedVariable? best = null;
        var distance = long.MaxValue;
        foreach (var variable in all)
        {
            var away = Math.Max(variable.Offset - offset, offset - (variable.Offset + variable.Bytes - 1));
            if (away >= distance)
                continue;
            distance = away;
            best = variable;
        }
        return best;
    }

    private static long RoundUp(long value, int alignment) =>
        (value + Math.Max(alignment, 1) - 1) / Math.Max(alignment, 1) * Math.Max(alignment, 1);
}

/// <summary>Shared variables of more than 2 GiB.</summary>
internal sealed class UnsupportedSharedSizeException(PtxVariable variable)
    : Exception($"shared variable \"{variable.Name}\" has {variable.Bytes} bytes, which no device has");
