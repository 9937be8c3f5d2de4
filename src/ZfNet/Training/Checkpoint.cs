using System.Text.Json;
using System.Text.Json.Serialization;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>
/// A run between two steps, on disk: a safetensors file of the weights (<c>model.*</c>) and the momentum
/// (<c>momentum.*</c>), with the recipe, the preprocessing and the <see cref="TrainerState"/> in its metadata and a
/// checksum of all of it at its end. It appears whole or not at all; one that was cut or changed is refused.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string Model = "model.";
    private const string Momentum = "momentum.";
    private const string ConfigKey = "zfnet.run";
    private const string PreprocessingKey = "zfnet.preprocessing";
    private const string StateKey = "zfnet.training";

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
    };

    private readonly SafetensorsFile file;

    private Checkpoint(SafetensorsFile file)
    {
        this.file = file;
        file.CheckSum();
        Config = RunConfig.FromJson(Text(ConfigKey));
        Preprocessing = Preprocessing.FromJson(Text(PreprocessingKey));
        State = JsonSerializer.Deserialize<TrainerState>(Text(StateKey), Form)
            ?? throw new InputException("It has no state of a run.");
    }

    /// <summary>The recipe of the run.</summary>
    public RunConfig Config { get; }

    /// <summary>How its pictures become the network's input.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Where it stood.</summary>
    public TrainerState State { get; }

    /// <summary>Writes where a run stands, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="trainer">Between two steps.</param>
    /// <param name="config">The recipe.</param>
    /// <param name="preprocessing">How its pictures become the network's input.</param>
    /// <exception cref="FileWriteException">
    /// The disk refused; what was at <paramref name="path"/> is as it was.
    /// </exception>
    public static void Save(string path, Trainer trainer, RunConfig config, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(config);
        var tensors = trainer.Network.Parameters.Select(p => KeyValuePair.Create(Model + p.Key, p.Value))
            .Concat(trainer.Optimiser.Velocities.Select(p => KeyValuePair.Create(Momentum + p.Key, p.Value)))
            .ToDictionary();
        var metadata = new Dictionary<string, string>
        {
            [ConfigKey] = config.ToJson(),
            [PreprocessingKey] = preprocessing.ToJson(),
            [StateKey] = JsonSerializer.Serialize(trainer.State, Form),
        };
        SafetensorsWriter.Write(
            path, tensors.Select(p => new WeightInfo(p.Key, p.Value.DType.FileType(), p.Value.Shape.Sizes)), metadata,
            writer => writer.Write(tensors[writer.Current.Name]), checksum: true);
    }

    /// <summary>Opens a checkpoint and reads every byte of it once.</summary>
    /// <exception cref="InputException">It cannot be read, or is not as it was written; one sentence.</exception>
    public static Checkpoint Open(string path)
    {
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(path);
            var checkpoint = new Checkpoint(file);
            file = null;
            return checkpoint;
        }
        catch (Exception e) when (e is WeightsFileException or InputException or JsonException)
        {
            var prefix = $"Weights file '{path}': ";
            var reason = e is JsonException
                ? "its state is not that of a run."
                : e.Message.Replace(prefix, "", StringComparison.Ordinal);
            throw new InputException(
                $"The checkpoint '{path}' cannot be used: {char.ToLowerInvariant(reason[0])}{reason[1..]}", e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Gives a run the weights, the momentum and the place of this one.</summary>
    /// <param name="trainer">Of the same network, pictures and recipe.</param>
    /// <exception cref="InputException">It is of another network or other pictures; one sentence.</exception>
    public void Restore(Trainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        try
        {
            foreach (var (name, parameter) in trainer.Network.Parameters)
            {
                using var weights = file.Tensor(Model + name, parameter.Device);
                parameter.CopyFrom(weights);
                if (!file.TryFind(Momentum + name, out _))
                    continue;
                using var velocity = file.Tensor(Momentum + name, parameter.Device);
                trainer.Optimiser.Restore(name, velocity);
            }
        }
        catch (Exception e) when (e is WeightsFileException or ShapeException)
        {
            throw new InputException($"The checkpoint '{file.Path}' is of another network: {e.Message}", e);
        }
        trainer.Restore(State);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private string Text(string key) =>
        file.Metadata.TryGetValue(key, out var text) ? text : throw new InputException($"It has no '{key}'.");
}
