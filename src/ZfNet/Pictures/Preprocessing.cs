using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZfNet.Pictures;

/// <summary>The order of the three channels in a network's input.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as Caffe and its descendants expect.</summary>
    Bgr,
}

/// <summary>How a picture of any size becomes H x W.</summary>
public enum ResizeRule
{
    /// <summary>Resized to H x W directly; the aspect ratio is lost.</summary>
    Stretch,

    /// <summary>Resized so that the smaller side is <see cref="Preprocessing.SmallestSide"/>, then the centre H x W
    /// (the paper: 256, then a crop).</summary>
    SmallestSideCentreCrop,
}

/// <summary>One number a colour, named by the colour, so that it means the same in either channel order.</summary>
/// <param name="R">For red.</param>
/// <param name="G">For green.</param>
/// <param name="B">For blue.</param>
public readonly record struct PerColour(float R, float G, float B)
{
    /// <summary>The same number for every colour.</summary>
    /// <param name="value">The number.</param>
    public static PerColour All(float value) => new(value, value, value);
}

/// <summary>How a picture becomes a network's input, and back: resize, then
/// v = (byte / 255 * <see cref="ValueRange"/> - mean) / std for each colour, then channels in order. The mean is the
/// colour's or the pixel's own. It travels in the metadata of a weights file as JSON.</summary>
public sealed record Preprocessing
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Rows of the input.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the input.</summary>
    public required int Width { get; init; }

    /// <summary>How a picture gets that size.</summary>
    public ResizeRule Resize { get; init; } = ResizeRule.Stretch;

    /// <summary>For <see cref="ResizeRule.SmallestSideCentreCrop"/>: the smaller side before the crop, at least H and
    /// W. 0 stands for max(H, W). The square of that side in the middle is the frame that crops are taken from: the
    /// paper's 256 for crops of 224.</summary>
    public int SmallestSide { get; init; }

    /// <summary>The resampling filter.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bilinear;

    /// <summary>What a byte of 255 becomes before the mean is subtracted: 1 or 255.</summary>
    public float ValueRange { get; init; } = 1;

    /// <summary>Subtracted, in units of <see cref="ValueRange"/>.</summary>
    public PerColour Mean { get; init; }

    /// <summary>Subtracted instead, pixel by pixel (paper, section 3); null for <see cref="Mean"/>, which is its
    /// average otherwise. It belongs to the network's input: every crop of a larger frame has it subtracted
    /// alike.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PixelMean? PixelMean { get; init; }

    /// <summary>Divided by, after the mean; not zero.</summary>
    public PerColour Std { get; init; } = PerColour.All(1);

    /// <summary>The order of the channels.</summary>
    public ChannelOrder Order { get; init; } = ChannelOrder.Rgb;

    /// <summary>Floats in one input: 3 * H * W.</summary>
    [JsonIgnore]
    public int Length => 3 * Height * Width;

    /// <summary>Rows and columns of what <see cref="Frame"/> gives; H x W where there is nothing to crop
    /// from.</summary>
    [JsonIgnore]
    public (int Height, int Width) FrameSize =>
        Resize == ResizeRule.Stretch || SmallestSide == 0 ? (Height, Width) : (SmallestSide, SmallestSide);

    /// <summary>All that decides what <see cref="Frame"/> gives, in words.</summary>
    [JsonIgnore]
    internal string FrameKey => Resize == ResizeRule.Stretch
        ? $"{Height} x {Width}, stretched, {Filter}"
        : $"{Height} x {Width} of {FrameSize.Height} x {FrameSize.Width}, smallest side {SmallestSide}, {Filter}";

    /// <summary>The value of a colour in the network's input, in channel order; by <see cref="Mean"/>, so on average
    /// where there is a <see cref="PixelMean"/>.</summary>
    /// <param name="colour">The colour.</param>
    /// <returns>Three floats, one a channel.</returns>
    public float[] ValuesOf(Rgb colour)
    {
        var values = new float[3];
        (this with { PixelMean = null }).Arithmetic(new Picture(1, 1, [colour.R, colour.G, colour.B]), values);
        return values;
    }

    /// <summary>The picture as the network sees it, before the arithmetic: resized and cropped to H x W. Patches beside
    /// projections are cut from this one.</summary>
    /// <param name="picture">Any picture.</param>
    public Picture Prepare(Picture picture) => Frame(picture).CentreCrop(Height, Width);

    /// <summary>The picture resized and cut to <see cref="FrameSize"/>: what random and corner crops are taken from.
    /// Its centre is <see cref="Prepare"/>'s picture.</summary>
    /// <param name="picture">Any picture.</param>
    public Picture Frame(Picture picture)
    {
        Validate();
        if (Resize == ResizeRule.Stretch) return picture.Resize(Height, Width, Filter);
        int side = SmallestSide == 0 ? Math.Max(Height, Width) : SmallestSide;
        (int fullHeight, int fullWidth) = picture.SmallestSideOf(side);
        (int height, int width) = FrameSize;
        // Placed by the centre crop, not by the frame: where a half pixel is left over, the two may round apart.
        return picture.ResizePart(fullHeight, fullWidth, Filter, new(
            (fullHeight - Height) / 2 - (height - Height) / 2, (fullWidth - Width) / 2 - (width - Width) / 2,
            height, width));
    }

    /// <summary>A picture of any size as the network's input.</summary>
    /// <param name="picture">Any picture.</param>
    /// <returns>(3, H, W) floats, row-major.</returns>
    public float[] ToChw(Picture picture)
    {
        var values = new float[Length];
        ToChw(Prepare(picture), values);
        return values;
    }

    /// <summary>A prepared picture as the network's input.</summary>
    /// <param name="prepared">H x W, from <see cref="Prepare"/>.</param>
    /// <param name="chw">Receives 3 * H * W floats.</param>
    /// <exception cref="ArgumentException">The picture is not H x W, or the span has another length.</exception>
    public void ToChw(Picture prepared, Span<float> chw)
    {
        if (prepared.Height != Height || prepared.Width != Width)
            throw new ArgumentException(
                $"The picture is {prepared.Height} x {prepared.Width}, not {Height} x {Width}: prepare it first.", nameof(prepared));
        if (chw.Length != Length)
            throw new ArgumentException($"The span holds {chw.Length} floats, not 3 x {Height} x {Width}.", nameof(chw));
        Arithmetic(prepared, chw);
    }

    /// <summary>The inverse of <see cref="ToChw(Picture)"/>'s arithmetic: values back to bytes, rounded to the nearest
    /// and clamped to 0..255.</summary>
    /// <param name="chw">(3, H, W) floats.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Picture ToPicture(ReadOnlySpan<float> chw)
    {
        Validate();
        if (chw.Length != Length)
            throw new ArgumentException($"The span holds {chw.Length} floats, not 3 x {Height} x {Width}.", nameof(chw));
        int plane = Height * Width;
        var rgb = new byte[Length];
        for (int c = 0; c < 3; c++)
        {
            (int colour, float mean, float std) = Channel(c);
            float back = 255f / ValueRange;
            ReadOnlySpan<float> means = PixelMean is null ? [] : PixelMean.Values.Slice(colour * plane, plane);
            for (int i = 0; i < plane; i++)
            {
                float value = chw[c * plane + i] * std + (means.IsEmpty ? mean : means[i]);
                rgb[i * 3 + colour] = (byte)Math.Clamp(value * back + 0.5f, 0f, 255f);
            }
        }
        return new(Height, Width, rgb);
    }

    /// <summary>One line of JSON.</summary>
    public string ToJson()
    {
        Validate();
        return JsonSerializer.Serialize(this, Json);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="InputException">Not JSON, an unknown or missing member, or a value that makes no
    /// sense.</exception>
    public static Preprocessing FromJson(string json)
    {
        try
        {
            Preprocessing result = JsonSerializer.Deserialize<Preprocessing>(json, Json)
                ?? throw new InputException("The preprocessing is null.");
            result.Validate();
            return result;
        }
        catch (JsonException e)
        {
            throw new InputException($"The preprocessing cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"The preprocessing makes no sense: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentException">A size below 1 or above 16384, a smallest side below the crop or without
    /// one, a range or deviation that is not positive and finite, a mean that is not finite or not of the input's
    /// size.</exception>
    public void Validate()
    {
        if (Height is < 1 or > 16384 || Width is < 1 or > 16384)
            throw new ArgumentException($"Height and width must be 1 to 16384, not {Height} x {Width}.");
        if (Resize == ResizeRule.SmallestSideCentreCrop && SmallestSide != 0
            && (SmallestSide < Math.Max(Height, Width) || SmallestSide > 65536))
            throw new ArgumentException($"SmallestSide is {SmallestSide}: it must be {Math.Max(Height, Width)} to 65536.");
        if (Resize == ResizeRule.Stretch && SmallestSide != 0)
            throw new ArgumentException(
                $"SmallestSide is {SmallestSide}, but pictures are stretched: it goes with the centre crop.");
        if (!(float.IsFinite(ValueRange) && ValueRange > 0))
            throw new ArgumentException($"ValueRange must be positive and finite, not {ValueRange}.");
        foreach (float mean in (ReadOnlySpan<float>)[Mean.R, Mean.G, Mean.B])
            if (!float.IsFinite(mean)) throw new ArgumentException($"Mean must be finite, not {mean}.");
        if (PixelMean is not null && PixelMean.Values.Length != Length)
            throw new ArgumentException($"PixelMean has {PixelMean.Values.Length} values, not 3 x {Height} x {Width}.");
        foreach (float std in (ReadOnlySpan<float>)[Std.R, Std.G, Std.B])
            if (!(float.IsFinite(std) && std > 0)) throw new ArgumentException($"Std must be positive and finite, not {std}.");
    }

    void Arithmetic(Picture picture, Span<float> chw)
    {
        ReadOnlySpan<byte> rgb = picture.Pixels;
        int plane = picture.Height * picture.Width;
        Span<float> table = stackalloc float[256];
        for (int c = 0; c < 3; c++)
        {
            (int colour, float mean, float std) = Channel(c);
            Span<float> target = chw.Slice(c * plane, plane);
            if (PixelMean is not null)
            {
                ReadOnlySpan<float> means = PixelMean.Values.Slice(colour * plane, plane);
                for (int i = 0; i < plane; i++) target[i] = (rgb[i * 3 + colour] / 255f * ValueRange - means[i]) / std;
                continue;
            }
            for (int v = 0; v < 256; v++) table[v] = (v / 255f * ValueRange - mean) / std;
            for (int i = 0; i < plane; i++) target[i] = table[rgb[i * 3 + colour]];
        }
    }

    /// <summary>Which byte of a pixel channel c holds, with that colour's mean and deviation.</summary>
    (int Colour, float Mean, float Std) Channel(int c) => (Order == ChannelOrder.Rgb ? c : 2 - c) switch
    {
        0 => (0, Mean.R, Std.R),
        1 => (1, Mean.G, Std.G),
        _ => (2, Mean.B, Std.B),
    };
}
