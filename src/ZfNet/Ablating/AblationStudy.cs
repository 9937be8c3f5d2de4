using System.Globalization;
using ZfNet.Training;

namespace ZfNet.Ablating;

/// <summary>One training run of an ablation.</summary>
/// <param name="Ablation">The changed network.</param>
/// <param name="Config">The recipe, with that network and a seed.</param>
/// <param name="Folder">Where it is kept.</param>
public sealed record AblationRun(Ablation Ablation, RunConfig Config, RunFolder Folder);

/// <summary>
/// An ablation in a folder: the same recipe on a network and its changes, each with every seed, in run folders of their
/// own (<c>without-fc/seed-0</c>), so that one that was stopped goes on where it was.
/// </summary>
public sealed class AblationStudy
{
    /// <summary>Plans it; nothing is read or written yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">The recipe; its network is the one that is changed, its seed is not used.</param>
    /// <param name="changes">Names of <see cref="AblationChange"/>; empty for all of the network's.</param>
    /// <param name="seeds">At least one.</param>
    /// <exception cref="InputException">
    /// There is no such network or change, or the recipe begins with a trained network.
    /// </exception>
    public AblationStudy(string path, RunConfig config, IReadOnlyList<string> changes, IReadOnlyList<ulong> seeds)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(seeds);
        if (config.From is not null || config.Freeze is not null)
            throw new InputException(
                "An ablation trains from fresh weights: the recipe has no place for 'from' and 'freeze'.");
        (Path, Config) = (path, config);
        var all = Ablation.Of(Networks.Find(config.Arch));
        Variants = changes.Count == 0 ? all : [.. changes.Distinct().Select(Find)];
        Runs = [.. seeds.Distinct().SelectMany(seed => Variants.Select(variant => Run(variant, seed)))];

        Ablation Find(string name) => all.FirstOrDefault(ablation => ablation.Change.Name == name)
            ?? throw new InputException(
                $"There is no change '{name}' of network '{config.Arch}'; "
                + $"there are {string.Join(", ", all.Select(one => one.Change.Name))}.");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The table: <see cref="AblationTable.Save"/>.</summary>
    public string Table => System.IO.Path.Combine(Path, "ablation.json");

    /// <summary>The page: <see cref="Reports.AblationReport"/>.</summary>
    public string Page => System.IO.Path.Combine(Path, "ablation.html");

    /// <summary>The recipe of the unchanged network.</summary>
    public RunConfig Config { get; }

    /// <summary>The networks, the unchanged one among them.</summary>
    public IReadOnlyList<Ablation> Variants { get; }

    /// <summary>Every run: all networks with the first seed, then with the second.</summary>
    public IReadOnlyList<AblationRun> Runs { get; }

    /// <summary>Refuses a folder that holds runs of another recipe, before hours of work.</summary>
    /// <exception cref="InputException">It does; the sentence names the first one and what differs.</exception>
    public void Check()
    {
        foreach (var run in Runs.Where(run => File.Exists(run.Folder.Config)))
            if (RunConfig.Load(run.Folder.Config).Difference(run.Config) is { } key)
                throw new InputException(
                    $"'{run.Folder.Path}' holds a run of another recipe, whose '{key}' differs: name another folder.");
    }

    /// <summary>What the runs that are done came to.</summary>
    /// <exception cref="InputException">A file is damaged.</exception>
    public AblationTable Results() => new(
        Config,
        [.. Variants
            .Select(variant => new AblationRow(variant, [.. Runs
                .Where(run => run.Ablation == variant)
                .Select(run => AblationResult.Read(run.Folder)).OfType<AblationResult>()]))
            .Where(row => row.Runs.Count > 0)]);

    private AblationRun Run(Ablation variant, ulong seed) => new(
        variant, Config with { Arch = variant.Spec.Name, Seed = seed },
        new(System.IO.Path.Combine(
            Path, variant.Change.Name, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"))));
}
