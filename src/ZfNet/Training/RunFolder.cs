namespace ZfNet.Training;

/// <summary>Where a training run keeps what: the names inside its folder.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The whole recipe: <see cref="RunConfig"/>.</summary>
    public string Config => System.IO.Path.Combine(Path, "run.json");

    /// <summary>What happened: <see cref="TrainingLog"/>.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The folder of checkpoints.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>The network at the end, as <see cref="ModelFile"/> reads it.</summary>
    public string Weights => System.IO.Path.Combine(Path, "model.safetensors");
}
