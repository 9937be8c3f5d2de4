using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>A <see cref="NetworkSpec"/> checked and worked out: names, shapes, counts and receptive fields of every layer.</summary>
public sealed class NetworkPlan
{
    // Bounds on a description from a stranger's file, far above any network that could be run.
    private const int MaxLayers = 1000;
    private const int MaxSide = 1 << 16;
    private const int MaxWidth = 1 << 20;
    private const int MaxWindow = 1 << 10;
    private const long MaxParameters = 1L << 40;

    private readonly Dictionary<string, LayerInfo> byName = new(StringComparer.OrdinalIgnoreCase);

    internal NetworkPlan(NetworkSpec spec)
    {
        Spec = spec;
        CheckNetwork();
        var layers = new List<LayerInfo>();
        var numbers = new LayerNames();
        Shape shape = [spec.Channels, spec.Height, spec.Width];
        ReceptiveField? field = new ReceptiveField(1, 1, 0);
        Walk("features", spec.Features);
        FeatureShape = shape;
        shape = [shape.Count];
        field = null;
        Walk("classifier", spec.Classifier);
        Layers = layers;
        Check(Parameters <= MaxParameters, $"it has {Parameters} parameters, more than 2^40");

        void Walk(string part, IReadOnlyList<LayerSpec> specs)
        {
            for (var i = 0; i < specs.Count; i++)
            {
                var name = $"{part}.{i}";
                var alias = numbers.Next(specs[i], part == "features");
                Check(specs[i] is not null, $"{name} is null");
                var output = Output(specs[i], shape, $"{name} ({alias})");
                if (field is { } f && Window(specs[i]) is var (k, s, p))
                    field = new ReceptiveField(Pixels(f.Size + (k - 1L) * f.Stride), Pixels((long)f.Stride * s), Pixels(f.Start - (long)p * f.Stride));
                var layer = new LayerInfo(name, alias, specs[i], shape, output, field);
                Check(layer.Parameters <= MaxParameters, $"{name} ({alias}) has {layer.Parameters} parameters, more than 2^40");
                layers.Add(layer);
                byName[name] = layer;
                byName[alias] = layer;
                shape = output;
            }
        }
    }

    /// <summary>The description.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>All layers, features first.</summary>
    public IReadOnlyList<LayerInfo> Layers { get; }

    /// <summary>Shape [C, H, W] after the last feature layer.</summary>
    public Shape FeatureShape { get; }

    /// <summary>Number of parameters.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Number of parameters of the convolutions.</summary>
    public long ConvParameters => Layers.Where(layer => layer.Spec is ConvSpec).Sum(layer => layer.Parameters);

    /// <summary>Number of parameters of the fully connected layers.</summary>
    public long LinearParameters => Layers.Where(layer => layer.Spec is LinearSpec).Sum(layer => layer.Parameters);

    /// <summary>Floating-point operations of a forward pass of one picture, multiplications and additions.</summary>
    public long Flops => Layers.Sum(layer => layer.Flops);

    /// <summary>Names and shapes of all parameters, in the order of a weights file.</summary>
    public IEnumerable<(string Name, Shape Shape)> NamedParameters => Layers.SelectMany(layer => layer.NamedParameters);

    /// <summary>The layer of a name (<c>features.0</c>) or alias (<c>conv1</c>), upper and lower case alike.</summary>
    /// <exception cref="NetworkSpecException">There is none; the sentence lists those there are.</exception>
    public LayerInfo Layer(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return byName.TryGetValue(name, out var layer)
            ? layer
            : throw new NetworkSpecException(
                $"Network '{Spec.Name}' has no layer '{name}'; it has {string.Join(", ", Layers.Select(other => other.Alias))}.");
    }

    /// <summary>The square that a unit of a feature layer sees, as if the padding were pixels.</summary>
    /// <param name="layer">Name or alias of a feature layer.</param>
    /// <param name="y">Row of the unit.</param>
    /// <param name="x">Column of the unit.</param>
    /// <returns>May reach outside the picture.</returns>
    /// <exception cref="NetworkSpecException">There is no such layer or unit, or it is in the classifier.</exception>
    public PixelBox Unclipped(string layer, int y, int x)
    {
        var info = Unit(layer, y, x);
        var field = info.Field
            ?? throw new NetworkSpecException($"Layer '{info.Alias}' of network '{Spec.Name}' sees the whole picture: it has no receptive field of its own.");
        return new PixelBox(Pixels(field.Start + (long)y * field.Stride), Pixels(field.Start + (long)x * field.Stride), field.Size, field.Size);
    }

    /// <summary>
    /// The pixels that a unit depends on, exactly: windows are clipped at the edge of every layer on the way down, so that
    /// no pixel is counted that only padding stands before.
    /// </summary>
    /// <param name="layer">Name or alias; a classifier's unit (0, 0) sees all that the features do.</param>
    /// <param name="y">Row of the unit.</param>
    /// <param name="x">Column of the unit.</param>
    /// <returns>Empty for a unit that sees nothing but padding.</returns>
    /// <exception cref="NetworkSpecException">There is no such layer or unit.</exception>
    public PixelBox Clipped(string layer, int y, int x)
    {
        var info = Unit(layer, y, x);
        (long First, long Last) rows = (y, y), columns = (x, x);
        var from = Layers.Count(other => other.Field is not null) - 1;
        if (info.Field is null)
            (rows, columns) = ((0, FeatureShape[1] - 1), (0, FeatureShape[2] - 1));
        else
            from = Layers.TakeWhile(other => other != info).Count();
        for (var i = from; i >= 0; i--)
            if (Window(Layers[i].Spec) is var (kernel, stride, padding))
            {
                rows = Below(rows, kernel, stride, padding, Layers[i].Input[1]);
                columns = Below(columns, kernel, stride, padding, Layers[i].Input[2]);
                if (rows.First > rows.Last || columns.First > columns.Last)
                    return default;
            }

        return new PixelBox(
            Int(rows.First), Int(columns.First), Int(rows.Last - rows.First + 1), Int(columns.Last - columns.First + 1));
    }

    private static (long First, long Last) Below((long First, long Last) range, int kernel, int stride, int padding, long size) =>
        (Math.Max(range.First * stride - padding, 0), Math.Min(range.Last * stride - padding + kernel - 1, size - 1));

    private static (int Kernel, int Stride, int Padding)? Window(LayerSpec spec) => spec switch
    {
        ConvSpec conv => (conv.Kernel, conv.Stride, conv.Padding),
        MaxPoolSpec pool => (pool.Kernel, pool.Stride, pool.Padding),
        _ => null,
    };

    private static int Int(long size) => checked((int)size);

    private int Pixels(long count)
    {
        Check(Math.Abs(count) <= int.MaxValue, "its receptive fields pass 2^31 pixels");
        return (int)count;
    }

    private LayerInfo Unit(string layer, int y, int x)
    {
        var info = Layer(layer);
        var (height, width) = info.Output.Rank == 3 ? (info.Output[1], info.Output[2]) : (1L, 1L);
        return y >= 0 && x >= 0 && y < height && x < width
            ? info
            : throw new NetworkSpecException(
                $"Layer '{info.Alias}' of network '{Spec.Name}' has no unit at row {y}, column {x}: its maps are {height}x{width}.");
    }

    private void CheckNetwork()
    {
        Check(!string.IsNullOrWhiteSpace(Spec.Name) && Spec.Name.Length <= 100 && !Spec.Name.Any(char.IsControl), "its name is not a short printable text");
        Check(Spec.Features is not null && Spec.Classifier is not null, "its layers are missing");
        Check(Spec.Features!.Count + Spec.Classifier!.Count <= MaxLayers, $"it has more than {MaxLayers} layers");
        Range(Spec.Channels, 1, MaxWidth, "its number of channels");
        Range(Spec.Height, 1, MaxSide, "its height");
        Range(Spec.Width, 1, MaxSide, "its width");
        Range(Spec.Classes, 1, MaxWidth, "its number of classes");
        Check(
            Spec.Classifier is [.., LinearSpec last] && last.OutFeatures == Spec.Classes,
            $"its classifier does not end in a fully connected layer of {Spec.Classes} classes");
    }

    private Shape Output(LayerSpec spec, Shape input, string where)
    {
        Check(spec is not (ConvSpec or MaxPoolSpec or LrnSpec) || input.Rank == 3, $"{where} works on maps, but comes after the flattening");
        Check(spec is not LinearSpec || input.Rank == 1, $"{where} works on the flattened features, but comes before the flattening");
        switch (spec)
        {
            case ConvSpec conv:
                Range(conv.OutChannels, 1, MaxWidth, $"the width of {where}");
                Range(conv.Kernel, 1, MaxWindow, $"the kernel of {where}");
                Range(conv.Stride, 1, MaxWindow, $"the stride of {where}");
                Range(conv.Padding, 0, MaxWindow, $"the padding of {where}");
                Check(
                    conv.Groups >= 1 && input[0] % conv.Groups == 0 && conv.OutChannels % conv.Groups == 0,
                    $"{where} cannot split {input[0]} and {conv.OutChannels} channels into {conv.Groups} groups");
                return Spatial(input, conv.OutChannels, conv.Kernel, conv.Stride, conv.Padding, false, where);
            case MaxPoolSpec pool:
                Range(pool.Kernel, 1, MaxWindow, $"the kernel of {where}");
                Range(pool.Stride, 1, MaxWindow, $"the stride of {where}");
                Range(pool.Padding, 0, pool.Kernel / 2, $"the padding of {where}");
                return Spatial(input, input[0], pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, where);
            case LrnSpec lrn:
                Range(lrn.Size, 1, MaxWindow, $"the size of {where}");
                Check(
                    double.IsFinite(lrn.Alpha) && double.IsFinite(lrn.Beta) && double.IsFinite(lrn.K) && lrn.Alpha >= 0 && lrn.K > 0,
                    $"{where} needs finite constants, alpha of at least 0 and k above 0");
                return input;
            case DropoutSpec dropout:
                Check(dropout.Probability is >= 0 and <= 1, $"the probability of {where} is not between 0 and 1");
                return input;
            case LinearSpec linear:
                Range(linear.OutFeatures, 1, MaxWidth, $"the width of {where}");
                Check(input.Count <= int.MaxValue, $"{where} has {input.Count} inputs, more than 2^31 - 1");
                return [linear.OutFeatures];
            default:
                return input;
        }
    }

    private Shape Spatial(Shape input, long channels, int kernel, int stride, int padding, bool ceilMode, string where)
    {
        // A convolution's windows are counted like a pool's in floor mode.
        var height = Pool2dGeometry.OutputSize(Int(input[1]), kernel, stride, padding, ceilMode);
        var width = Pool2dGeometry.OutputSize(Int(input[2]), kernel, stride, padding, ceilMode);
        Check(
            height > 0 && width > 0,
            $"{where} with its {kernel}x{kernel} windows and padding {padding} does not fit on maps of {input[1]}x{input[2]}");
        Check((long)height * width <= int.MaxValue && channels * height * width < MaxParameters, $"the maps of {where} are too large");
        return [channels, height, width];
    }

    private void Range(int value, int low, int high, string what) =>
        Check(value >= low && value <= high, $"{what} is {value}, not between {low} and {high}");

    private void Check(bool sound, string fault)
    {
        if (!sound)
            throw new NetworkSpecException($"Network '{(Spec.Name?.Length <= 100 ? Spec.Name : "?")}' cannot be: {fault}.");
    }
}
