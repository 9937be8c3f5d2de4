using System.Globalization;

namespace ZfNet.Reports;

/// <summary>The numbers at the head of the page, all of them worked out here.</summary>
internal static class DemoFacts
{
    public static object Make(DemoWork work, IReadOnlyList<Classified> classified)
    {
        var labels = Enumerable.Range(0, work.Pictures.Count).Select(work.Pictures.Label).ToArray();
        var right = classified.Where((one, i) => one.Predictions[0].Index == labels[i]).Count();
        var majority = labels.GroupBy(label => label).Max(group => group.Count());
        return new
        {
            data = $"{work.Model.Classes.Count} classes of emoji",
            items = new[]
            {
                Fact(work.Model.Network.Spec.Name, "network"),
                Fact(work.Model.Network.Plan.Parameters.ToString("N0", CultureInfo.InvariantCulture), "parameters"),
                Fact($"{work.Size} x {work.Size}", "pixels a picture"),
                Fact(Share(right, labels.Length), $"right on these {labels.Length} held-out pictures"),
                Fact(Share(majority, labels.Length), "by always saying the largest class"),
            },
        };
    }

    private static object Fact(string value, string label) => new { value, label };

    private static string Share(int part, int whole) => (100.0 * part / whole).ToString("0.0", CultureInfo.InvariantCulture) + "%";
}
