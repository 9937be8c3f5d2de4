using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>Where a training run keeps what: the names inside its folder.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The whole recipe: <see cref="RunConfig"/>.</summary>
    public string Config => System.IO.Path.Combine(Path, "run.json");

    /// <summary>What happened: <see cref="TrainingLog"/>.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The folder of checkpoints: <see cref="CheckpointFolder"/>.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The network at the end, as <see cref="ModelFile"/> reads it.</summary>
    public string Weights => System.IO.Path.Combine(Path, "model.safetensors");

    /// <summary>The page about it: <see cref="Reports.RunReport"/>.</summary>
    public string Report => System.IO.Path.Combine(Path, "run.html");

    /// <summary>The folder of the pictures in it: <see cref="Reports.Snapshots"/>.</summary>
    public string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>Makes the folder of a new run and writes its recipe.</summary>
    /// <exception cref="InputException">It holds a run already.</exception>
    /// <exception cref="FileWriteException">It cannot be made or written to.</exception>
    public void Create(RunConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (File.Exists(Config))
            throw new InputException($"'{Path}' holds a run already: resume that one, or name another folder.");
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileWriteException.For(Path, e);
        }
        config.Save(Config);
    }
}
