using System.Globalization;
using System.Text;

namespace ZfNet;

/// <summary>A row of torchsummary's table.</summary>
/// <param name="Layer">Class and running number, such as <c>Conv2d-1</c>.</param>
/// <param name="Alias">Our name for it, such as <c>conv1</c>; not in the table.</param>
/// <param name="OutputShape">Shape without the batch.</param>
/// <param name="Parameters">Number of parameters.</param>
public sealed record SummaryRow(string Layer, string Alias, IReadOnlyList<long> OutputShape, long Parameters);

/// <summary>
/// torchsummary's table of a network, to the letter. Sizes are of float32, in MB of 2^20 bytes: forward/backward counts
/// every row's output twice; in-place rectifiers and dropout are rows like any other.
/// </summary>
/// <param name="Network">The network's name; not in the table.</param>
/// <param name="Rows">One a layer.</param>
/// <param name="TotalParameters">All of them trainable.</param>
/// <param name="InputBytes">Of one picture.</param>
/// <param name="ForwardBackwardBytes">Outputs of all rows and their gradients.</param>
/// <param name="ParameterBytes">Of all weights.</param>
public sealed record Summary(
    string Network, IReadOnlyList<SummaryRow> Rows, long TotalParameters, long InputBytes, long ForwardBackwardBytes, long ParameterBytes)
{
    /// <summary>Input, forward/backward and parameters together.</summary>
    public long TotalBytes => InputBytes + ForwardBackwardBytes + ParameterBytes;

    /// <summary>The table of a network.</summary>
    /// <exception cref="NetworkSpecException">The network cannot be as described.</exception>
    public static Summary Of(NetworkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var plan = spec.Plan();
        var rows = plan.Layers.Select((layer, i) =>
            new SummaryRow($"{layer.Spec.TypeName}-{i + 1}", layer.Alias, [.. layer.Output], layer.Parameters));
        return new Summary(
            spec.Name,
            [.. rows],
            plan.Parameters,
            4L * spec.Channels * spec.Height * spec.Width,
            plan.Layers.Sum(layer => 2 * 4 * layer.Output.Count),
            4 * plan.Parameters);
    }

    /// <summary>The table, lines ended by '\n'.</summary>
    public string ToText()
    {
        const int Width = 64;
        var text = new StringBuilder();
        Line(new string('-', Width));
        Row("Layer (type)", "Output Shape", "Param #");
        Line(new string('=', Width));
        foreach (var row in Rows)
            Row(row.Layer, $"[-1, {string.Join(", ", row.OutputShape)}]", Grouped(row.Parameters));
        Line(new string('=', Width));
        Line($"Total params: {Grouped(TotalParameters)}");
        Line($"Trainable params: {Grouped(TotalParameters)}");
        Line("Non-trainable params: 0");
        Line(new string('-', Width));
        Line($"Input size (MB): {Megabytes(InputBytes)}");
        Line($"Forward/backward pass size (MB): {Megabytes(ForwardBackwardBytes)}");
        Line($"Params size (MB): {Megabytes(ParameterBytes)}");
        Line($"Estimated Total Size (MB): {Megabytes(TotalBytes)}");
        Line(new string('-', Width));
        return text.ToString();

        void Row(string layer, string shape, string parameters) => Line($"{layer,20}  {shape,25} {parameters,15}");
        void Line(string line) => text.Append(line).Append('\n');
    }

    internal static string Grouped(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Two digits of MB, ties to even as in Python; exact, since a tie is one in binary too.</summary>
    internal static string Megabytes(long bytes)
    {
        var hundredths = (Int128)bytes * 100;
        var (whole, rest) = ((long)(hundredths >> 20), (long)(hundredths & 0xFFFFF));
        if (rest > 0x80000 || (rest == 0x80000 && (whole & 1) == 1))
            whole++;
        return string.Create(CultureInfo.InvariantCulture, $"{whole / 100}.{whole % 100:00}");
    }
}
