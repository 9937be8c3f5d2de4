using System.CommandLine;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>
/// The options of zfnet train, and the recipe that they make: what is not given is the file's, or the default.
/// </summary>
internal sealed class TrainOptions(CommonOptions common)
{
    /// <summary>A linear layer on thousands of pixels diverges where a network still learns.</summary>
    public const double LinearLearningRate = 1e-3;

    /// <summary>What a resumed run may do otherwise: it changes nothing that was learned.</summary>
    private static readonly string[] Resumable =
        ["epochs", "earlyStop", "data", "heldOut", "cache", "device", "saveEvery", "keep", "logEvery", "baselines"];

    private readonly RecipeOptions recipe = new(common, ArchOption.Create(RecipeOptions.Default.Arch));

    public Option<string> Out { get; } = OptionOf.Text(
        "--out", "The weights file to write (safetensors); the default is model.safetensors in the folder of --run.",
        "file");

    public Option<string> Config { get; } = OptionOf.Text(
        "--config", "The recipe, as run.json of an earlier run; options given as well come before it.", "file");

    public Option<string> Run { get; } = OptionOf.Text(
        "--run", "A new folder for the run: its recipe, its log and its checkpoints.", "folder");

    public Option<string> Resume { get; } = OptionOf.Text(
        "--resume", "Go on with the run of a folder from its last checkpoint, bit for bit.", "folder");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Config, Run, Resume, Out })
            command.Options.Add(option);
        recipe.AddTo(command);
    }

    /// <summary>The recipe asked for.</summary>
    /// <exception cref="InputException">
    /// A file cannot be used, something is missing, or options exclude each other.
    /// </exception>
    public RunConfig Read(ParseResult parse)
    {
        var (run, resume, file) = (parse.GetValue(Run), parse.GetValue(Resume), parse.GetValue(Config));
        if (resume is not null && (run ?? file) is not null)
            throw new InputException(
                $"--resume goes on with a run as it is: it excludes {(run is null ? "--config" : "--run")}.");
        var config = resume is not null ? Resumed(resume)
            : file is not null ? RunConfig.Load(file)
            : RecipeOptions.Default;
        var strange = recipe.Given(parse).FirstOrDefault(option => !Resumable.Contains(RecipeOptions.Key(option)));
        if (resume is not null && strange is { } other)
            throw new InputException($"--resume goes on with a run as it is: {other.Name} cannot be changed.");
        config = recipe.Over(config, parse);
        if ((run ?? resume ?? parse.GetValue(Out)) is null)
            throw new InputException(
                "--out is missing, the weights file to write, or --run, a folder for the whole run.");
        return config;
    }

    private static RunConfig Resumed(string folder)
    {
        var run = new RunFolder(folder);
        return File.Exists(run.Config)
            ? RunConfig.Load(run.Config)
            : throw new InputException($"'{folder}' holds no run: it has no run.json.");
    }
}
