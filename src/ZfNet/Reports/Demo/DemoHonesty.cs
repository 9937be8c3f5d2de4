using System.Globalization;

namespace ZfNet.Reports;

/// <summary>
/// Projections beside what they have to be told from: another unit of the same layer on the same picture, and the same maps
/// with random weights. Deconvnet pictures change little with the unit ("Salient deconvolutional networks", ECCV 2016), and
/// the page says by how much.
/// </summary>
internal static class DemoHonesty
{
    private const int Rows = 4;
    private const int Sample = 40;

    public static object Make(DemoWork work)
    {
        var layer = work.ConvLayers[^1];
        LayerChain network = work.Model.Network;
        var top = TopActivations.Find(network, work.Inputs, [layer], new TopOptions { Top = 1 }, cancel: work.Cancel)[layer];
        var dead = top.DeadMaps.ToHashSet();
        var units = Enumerable.Range(0, top.MapCount).Where(map => !dead.Contains(map)).Select(map => top[map][0]).Take(Sample).ToArray();
        if (units.Length == 0)
            throw new InputException($"Every map of {layer} is silent on these pictures: there is nothing to compare.");
        using var untrained = Comparisons.Untrained(network, work.Options.Seed);

        var real = Images(work, network, units);
        var others = Images(work, network, Comparisons.RandomUnits(network, work.Inputs, units, work.Options.Seed, work.Cancel));
        var random = Images(work, untrained, Comparisons.SameMaps(untrained, work.Inputs, units, work.Cancel));

        var step = Math.Max(units.Length / Rows, 1);
        return new
        {
            note = "Less than they seem to, so look at what they must be told from: the projection of another, randomly chosen active unit "
                + "of the same layer on the same picture, and the same unit in a network of random weights. Much of a projection comes "
                + "from the picture's own switches, whatever the unit. The cosine says how alike two projections are (1: the same): over "
                + $"{units.Length} maps of {layer}, the median is {Number(Median(real, others))} to another unit and "
                + $"{Number(Median(real, random))} to random weights.",
            rows = Enumerable.Range(0, Math.Min(Rows, units.Length)).Select(row => row * step).Select(i => new
            {
                panels = new[]
                {
                    Panel(ReportPage.Inline(work.Pictures.Get(units[i].Picture), 3), "Picture", $"strongest for map {units[i].Map}"),
                    Panel(Draw(work, real[i]), $"Map {units[i].Map}", "this unit"),
                    Panel(Draw(work, others[i]), "A random other unit", $"cosine {Number(Cosine(real[i], others[i]))}"),
                    Panel(Draw(work, random[i]), "Random weights", $"cosine {Number(Cosine(real[i], random[i]))}"),
                },
            }).ToArray(),
        };
    }

    private static float[][] Images(DemoWork work, LayerChain network, IReadOnlyList<TopUnit> units) =>
        [.. TopActivations.Project(network, work.Inputs, units, cancel: work.Cancel).Select(projection => Whole(work, projection))];

    /// <summary>A projection on the whole picture: zero outside its patch.</summary>
    private static float[] Whole(DemoWork work, TopProjection projection)
    {
        var (patch, size) = (projection.Unit.Patch, work.Size);
        var values = new float[3 * size * size];
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < patch.Height; y++)
                for (var x = 0; x < patch.Width; x++)
                    values[(c * size + patch.Top + y) * size + patch.Left + x] = projection.Image[(c * patch.Height + y) * patch.Width + x];
        return values;
    }

    private static string Draw(DemoWork work, float[] image) => ReportPage.Inline(work.Draw(image, work.Size, work.Size), 3);

    private static object Panel(string image, string title, string text) => new { image, title, text };

    private static double Median(float[][] left, float[][] right)
    {
        var values = left.Zip(right, Cosine).Order().ToArray();
        return values[values.Length / 2];
    }

    /// <summary>Cosine of the angle between two images; 0 where one of them is zero.</summary>
    private static double Cosine(float[] a, float[] b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (var i = 0; i < a.Length; i++)
            (dot, aa, bb) = (dot + (double)a[i] * b[i], aa + (double)a[i] * a[i], bb + (double)b[i] * b[i]);
        return aa > 0 && bb > 0 ? dot / Math.Sqrt(aa * bb) : 0;
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
