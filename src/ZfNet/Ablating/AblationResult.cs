using System.Text.Json;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Ablating;

/// <summary>Answers on one set of pictures, in evaluation mode.</summary>
/// <param name="Pictures">How many were asked about.</param>
/// <param name="Top1">Those whose class was the most probable one.</param>
/// <param name="Top5">Those whose class was among the five most probable.</param>
/// <param name="Loss">Mean cross-entropy.</param>
public sealed record AblationCounts(int Pictures, int Top1, int Top5, double Loss)
{
    /// <summary>The counts of an evaluation.</summary>
    public static AblationCounts Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new(result.Count, result.Top1, result.Top5, result.Loss);
    }
}

/// <summary>What one training run of an ablation came to; a file of its folder says that it is done.</summary>
/// <param name="Parameters">Weights and biases of the network.</param>
/// <param name="Training">On the pictures that it learned, whole and without dropout.</param>
/// <param name="HeldOut">On the held-out pictures.</param>
/// <param name="Seconds">Of training.</param>
public sealed record AblationResult(long Parameters, AblationCounts Training, AblationCounts HeldOut, double Seconds)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Reads what <see cref="Save"/> wrote; null where the run is not done.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <exception cref="InputException">The file is not one of these.</exception>
    public static AblationResult? Read(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (!File.Exists(At(run)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<AblationResult>(File.ReadAllBytes(At(run)), Form)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"'{At(run)}' is not the result of a run; without that file the run is measured again.", e);
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="FileWriteException">The disk refused it.</exception>
    public void Save(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        AtomicFile.Write(At(run), file => JsonSerializer.Serialize(file, this, Form));
    }

    private static string At(RunFolder run) => Path.Combine(run.Path, "errors.json");
}
