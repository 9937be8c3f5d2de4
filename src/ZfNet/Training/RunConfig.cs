using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>
/// Everything that decides what a training run learns, as <c>run.json</c> keeps it: the same file on the same data and
/// device gives the same weights. Every key is an option of <c>zfnet train</c>, and the option of that name overrides
/// it.
/// </summary>
public sealed record RunConfig
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private static readonly JsonSerializerOptions Line = new(Form) { WriteIndented = false };

    /// <summary>Keys that say where and how a run is kept, and change nothing that it learns.</summary>
    private static readonly string[] Outward =
        ["cache", "device", "baselines", "saveEvery", "keep", "logEvery", "fig4", "fig4Epochs"];

    /// <summary>The network, by its name in <see cref="Networks"/>.</summary>
    public string Arch { get; init; } = "compact";

    /// <summary>The pictures to learn: a path.</summary>
    public string Data { get; init; } = "";

    /// <summary>The pictures to measure on: a path, or null for none.</summary>
    public string? HeldOut { get; init; }

    /// <summary>How pictures get the network's size: "crop" or "stretch".</summary>
    public string Resize { get; init; } = "crop";

    /// <summary><see cref="Pictures.Preprocessing.SmallestSide"/>.</summary>
    public int SmallestSide { get; init; }

    /// <summary>Whose mean is subtracted.</summary>
    public MeanRule Mean { get; init; }

    /// <summary>The folder of a <see cref="Data.FrameCache"/>, or null for none.</summary>
    public string? Cache { get; init; }

    /// <summary>Whether pictures that cannot be decoded are passed over.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>How the weights begin.</summary>
    public string Init { get; init; } = "kaiming";

    /// <summary>A model whose weights, layers and preprocessing the run begins with: a path, or null for fresh ones.</summary>
    public string? From { get; init; }

    /// <summary>With <see cref="From"/>, whether the last layer begins anew.</summary>
    public bool NewHead { get; init; }

    /// <summary>Layers that do not learn: names with commas, or "all" but the last; null for none.</summary>
    public string? Freeze { get; init; }

    /// <summary>Seed of weights, order, augmentation and dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where to compute: two devices do not give the same bits.</summary>
    public string Device { get; init; } = "auto";

    /// <summary><see cref="TrainingOptions.Epochs"/>.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary><see cref="TrainingOptions.BatchSize"/>.</summary>
    public int Batch { get; init; } = 64;

    /// <summary><see cref="TrainingOptions.Accumulate"/>.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary><see cref="TrainingOptions.LearningRate"/>.</summary>
    public double Lr { get; init; } = 0.01;

    /// <summary><see cref="TrainingOptions.Momentum"/>.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary><see cref="TrainingOptions.WeightDecay"/>.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary><see cref="LearningRateSchedule.Kind"/>.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary><see cref="LearningRateSchedule.StepEpochs"/>.</summary>
    public int StepEpochs { get; init; } = 30;

    /// <summary><see cref="LearningRateSchedule.StepFactor"/>.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary><see cref="LearningRateSchedule.Patience"/>.</summary>
    public int Patience { get; init; } = 10;

    /// <summary><see cref="LearningRateSchedule.WarmUpSteps"/>.</summary>
    public int WarmUp { get; init; }

    /// <summary>Chance that dropout drops, in every dropout layer; null for the network's own.</summary>
    public double? Dropout { get; init; }

    /// <summary><see cref="TrainingOptions.LabelSmoothing"/>.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// "none", "balanced" (so that every class weighs the same), or a number for each class, with commas.
    /// </summary>
    public string ClassWeights { get; init; } = "none";

    /// <summary><see cref="TrainingOptions.ClipNorm"/>.</summary>
    public double? Clip { get; init; }

    /// <summary>Whose filters are renormalised: "none", "first", "all", or layers' names with commas.</summary>
    public string Renormalise { get; init; } = "none";

    /// <summary><see cref="FilterRenormaliser.Radius"/>.</summary>
    public double RenormaliseRadius { get; init; } = 0.1;

    /// <summary>Whether half of the pictures are mirrored.</summary>
    public bool Flip { get; init; }

    /// <summary>Whether any part of the frame is trained on, not its centre.</summary>
    public bool RandomCrop { get; init; }

    /// <summary>Pixels of random shift.</summary>
    public int Shift { get; init; }

    /// <summary>Random zoom.</summary>
    public double Zoom { get; init; }

    /// <summary>Degrees of random rotation.</summary>
    public double Rotate { get; init; }

    /// <summary>Random change of saturation.</summary>
    public double Saturation { get; init; }

    /// <summary>Degrees by which hues are turned at random.</summary>
    public double Hue { get; init; }

    /// <summary>Random change of brightness.</summary>
    public double Gamma { get; init; }

    /// <summary>Pixels of a random square's side that is blanked.</summary>
    public int Cutout { get; init; }

    /// <summary><see cref="TrainingOptions.EvaluateEvery"/>.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary><see cref="TrainingOptions.EarlyStop"/>.</summary>
    public int? EarlyStop { get; init; }

    /// <summary>Whether a linear softmax is trained to compare with.</summary>
    public bool Baselines { get; init; }

    /// <summary>Steps between two checkpoints, besides those at every epoch's end; null for these alone.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>Checkpoints kept.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Steps between two lines of the log.</summary>
    public int LogEvery { get; init; } = 1;

    /// <summary>Feature maps that the run's page follows, as conv2:3,conv5:10; null for none.</summary>
    public string? Fig4 { get; init; }

    /// <summary>Epochs after which the page shows filters and followed maps, with commas; null for the paper's.</summary>
    public string? Fig4Epochs { get; init; }

    /// <summary>Refuses numbers that are not the trainer's to check.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public void Validate()
    {
        TrainingOptions.Require(SaveEvery is null or >= 1, nameof(SaveEvery), SaveEvery ?? 0, "at least 1");
        TrainingOptions.Require(Keep >= 1, nameof(Keep), Keep, "at least 1");
        TrainingOptions.Require(LogEvery >= 1, nameof(LogEvery), LogEvery, "at least 1");
    }

    /// <summary>The keys of <c>run.json</c>, in its order.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        [.. Form.GetTypeInfo(typeof(RunConfig)).Properties.Select(property => property.Name)];

    /// <summary>
    /// The first key by which two recipes learn something else from the same pictures; null where they learn the same.
    /// </summary>
    public string? Difference(RunConfig other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Form.GetTypeInfo(typeof(RunConfig)).Properties
            .FirstOrDefault(key => !Outward.Contains(key.Name) && !Equals(key.Get!(this), key.Get(other)))?.Name;
    }

    /// <summary>Reads a file; what it does not name has its default.</summary>
    /// <exception cref="InputException">
    /// There is no such file, it is not JSON, it has an unknown key (the sentence names the nearest known one), or a
    /// value of the wrong kind.
    /// </exception>
    public static RunConfig Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return FromJson(File.ReadAllText(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"There is no file '{path}'.", e);
        }
        catch (InputException e)
        {
            throw new InputException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>Reads a text as <see cref="ToJson"/> writes it; what it does not name has its default.</summary>
    /// <exception cref="InputException">As of <see cref="Load"/>.</exception>
    public static RunConfig FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RunConfig>(json, Form)
                ?? throw new InputException("A training recipe is a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InputException(Sentence(json, e), e);
        }
    }

    /// <summary>Every key and its value.</summary>
    /// <param name="indented">A line for each, or one for all.</param>
    public string ToJson(bool indented = true) => JsonSerializer.Serialize(this, indented ? Form : Line);

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="FileWriteException">The disk refused it.</exception>
    public void Save(string path) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToJson() + "\n")));

    private static string Sentence(string json, JsonException fault)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(
                json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            return $"It is not JSON (line {e.LineNumber + 1}).";
        }
        if (root.ValueKind != JsonValueKind.Object)
            return "A training recipe is a JSON object.";
        var keys = root.EnumerateObject().Select(property => property.Name).ToArray();
        if (keys.FirstOrDefault(key => !Keys.Contains(key)) is { } stranger)
            return $"There is no key '{stranger}'; the nearest known one is '{Spelling.Nearest(stranger, Keys).Word}'.";
        if (keys.GroupBy(key => key).FirstOrDefault(same => same.Count() > 1) is { } twice)
            return $"The key '{twice.Key}' comes twice.";
        var bad = Form.GetTypeInfo(typeof(RunConfig)).Properties
            .FirstOrDefault(property => fault.Path == "$." + property.Name);
        return bad is null
            ? "It is not a training recipe."
            : $"'{bad.Name}' is {root.GetProperty(bad.Name).GetRawText()}; it must be {Kind(bad.PropertyType)}.";
    }

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } kind =>
            "one of " + string.Join(", ", Enum.GetNames(kind).Select(JsonNamingPolicy.CamelCase.ConvertName)),
        var kind when kind == typeof(string) => "a text",
        var kind when kind == typeof(bool) => "true or false",
        var kind when kind == typeof(double) => "a number",
        _ => "a whole number in its range",
    };
}
