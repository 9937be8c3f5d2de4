using System.Text.Json;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>
/// Models on disk: a safetensors file with the tensor names of the article's PyTorch class, and in its metadata the
/// description of the network, the preprocessing and the class names. PyTorch reads the tensors of such a file; a file
/// that holds the tensors alone is read when the network is named.
/// </summary>
public static class ModelFile
{
    private const string Prefix = "zfnet.";
    private const string SpecKey = Prefix + "network";
    private const string PreprocessingKey = Prefix + "preprocessing";
    private const string ClassesKey = Prefix + "classes";

    /// <summary>Writes a model, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The class names are not as many as the classes, or a note's key begins with "zfnet.".</exception>
    /// <exception cref="FileWriteException">The disk refused; what was at <paramref name="path"/> is as it was.</exception>
    public static void Save(string path, Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Classes.Count != 0 && model.Classes.Count != model.Network.Spec.Classes)
            throw new ArgumentException($"There are {model.Classes.Count} class names for {model.Network.Spec.Classes} classes.", nameof(model));
        if (model.Notes.Keys.FirstOrDefault(key => key.StartsWith(Prefix, StringComparison.Ordinal)) is { } key)
            throw new ArgumentException($"The note '{key}' cannot be kept: keys that begin with '{Prefix}' are the model's own.", nameof(model));

        // "format" is how PyTorch's loaders tell whose layout the tensors have.
        var metadata = new Dictionary<string, string>(model.Notes)
        {
            ["format"] = "pt",
            [SpecKey] = model.Network.Spec.ToJson(),
            [PreprocessingKey] = model.Preprocessing.ToJson(),
        };
        if (model.Classes.Count > 0)
            metadata[ClassesKey] = JsonSerializer.Serialize(model.Classes);
        var parameters = model.Network.Parameters.ToDictionary();
        SafetensorsWriter.Write(
            path,
            parameters.Select(p => new WeightInfo(p.Key, p.Value.DType.FileType(), p.Value.Shape.Sizes)),
            metadata,
            writer => writer.Write(parameters[writer.Current.Name]));
    }

    /// <summary>
    /// Reads a model. On a CPU the weights are the file's own pages: nothing is copied until it is changed, but where they have to
    /// become another element type than the file's.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="spec">
    /// The network; null for the one that the file describes. Where the file's last layer has another number of classes,
    /// the network is read with that many.
    /// </param>
    /// <param name="seed">For dropout, should the model be trained further.</param>
    /// <param name="device">Where it shall live; the default CPU if null.</param>
    /// <param name="linearWeights">
    /// How the weights of linear layers are kept: Float32, or BFloat16 for inference on a CPU (<see cref="Network.StoreLinearWeightsAs"/>).
    /// Either is read from files of either.
    /// </param>
    /// <exception cref="ShapeException">Weights in bfloat16 are asked for on a device that holds none.</exception>
    /// <exception cref="WeightsFileException">
    /// The file is not safetensors, does not say which network it holds, or its tensors are not those of the network; one sentence.
    /// </exception>
    public static Model Load(
        string path, NetworkSpec? spec = null, ulong seed = 0, Device? device = null, DType linearWeights = DType.Float32)
    {
        if (linearWeights is not (DType.Float32 or DType.BFloat16))
            throw new ArgumentException($"Linear layers' weights are kept as Float32 or BFloat16, not as {linearWeights}.", nameof(linearWeights));
        using var file = SafetensorsFile.Open(path);
        try
        {
            var plan = Fit(file, spec ?? Described(file)).Plan();
            Check(file, plan);
            var preprocessing = ReadPreprocessing(file, plan.Spec);
            var classes = ReadClasses(file, plan.Spec.Classes);
            var linear = plan.Layers.Where(layer => layer.Spec is LinearSpec).Select(layer => $"{layer.Name}.weight").ToHashSet();
            var network = new Network(
                plan, seed, device ?? Device.Cpu, (name, _) => file.Tensor(name, linear.Contains(name) ? linearWeights : DType.Float32, device));
            return new Model(network, preprocessing, classes) { Notes = Notes(file) };
        }
        catch (InputException e)
        {
            throw Fault(file, e.Message, e);
        }
    }

    private static NetworkSpec Described(SafetensorsFile file) =>
        file.Metadata.TryGetValue(SpecKey, out var json)
            ? NetworkSpec.FromJson(json)
            : throw new InputException("It does not say which network it holds, so the network must be named (wide, paper, alexnet, compact, ...).");

    /// <summary>Takes the number of classes from the last layer's weight, where that is the only difference.</summary>
    private static NetworkSpec Fit(SafetensorsFile file, NetworkSpec spec)
    {
        var last = spec.Plan().Layers[^1];
        return file.TryFind($"{last.Name}.weight", out var entry) && entry.Shape is [>= 1 and <= int.MaxValue, var inputs]
            && inputs == last.Weight!.Value[1] && entry.Shape[0] != spec.Classes
            ? spec.WithClasses((int)entry.Shape[0])
            : spec;
    }

    private static void Check(SafetensorsFile file, NetworkPlan plan)
    {
        var name = plan.Spec.Name;
        var expected = plan.NamedParameters.ToDictionary(p => p.Name, p => p.Shape);
        foreach (var (parameter, shape) in expected)
        {
            if (!file.TryFind(parameter, out var entry))
                throw new InputException($"It lacks tensor '{parameter}' {shape} of network '{name}'.");
            if (!entry.Shape.AsSpan().SequenceEqual(shape.Sizes))
                throw new InputException($"Its tensor '{parameter}' is [{string.Join(", ", entry.Shape)}], but network '{name}' needs {shape}.");
            if (entry.DType is not (WeightDType.F32 or WeightDType.BF16))
                throw new InputException($"Its tensor '{parameter}' is of {entry.DType.Text()}, but weights are read from F32 and BF16 only.");
        }

        var extra = file.Entries.Where(entry => !expected.ContainsKey(entry.Name)).Select(entry => Printable(entry.Name)).ToArray();
        if (extra.Length > 0)
            throw new InputException($"It has tensor '{extra[0]}'{(extra.Length > 1 ? $" and {extra.Length - 1} more" : "")}, which network '{name}' does not.");
    }

    private static Preprocessing ReadPreprocessing(SafetensorsFile file, NetworkSpec spec)
    {
        if (!file.Metadata.TryGetValue(PreprocessingKey, out var json))
            return new Preprocessing { Height = spec.Height, Width = spec.Width };
        var preprocessing = Preprocessing.FromJson(json);
        return (preprocessing.Height, preprocessing.Width) == (spec.Height, spec.Width)
            ? preprocessing
            : throw new InputException(
                $"Its preprocessing makes pictures of {preprocessing.Height}x{preprocessing.Width}, but network '{spec.Name}' needs {spec.Height}x{spec.Width}.");
    }

    private static string[] ReadClasses(SafetensorsFile file, int count)
    {
        if (!file.Metadata.TryGetValue(ClassesKey, out var json))
            return [];
        string?[]? names;
        try
        {
            names = JsonSerializer.Deserialize<string?[]>(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException("Its class names are not a list of texts.", e);
        }

        if (names is null || names.Contains(null))
            throw new InputException("Its class names are not a list of texts.");
        return names.Length == count ? [.. names.OfType<string>()] : throw new InputException($"It has {names.Length} class names for {count} classes.");
    }

    private static Dictionary<string, string> Notes(SafetensorsFile file) =>
        file.Metadata.Where(pair => pair.Key != "format" && !pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary();

    private static string Printable(string name) =>
        string.Concat(name.Take(60).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));

    private static WeightsFileException Fault(SafetensorsFile file, string sentence, Exception inner) =>
        new($"Weights file '{file.Path}': {char.ToLowerInvariant(sentence[0])}{sentence[1..]}", inner);
}
