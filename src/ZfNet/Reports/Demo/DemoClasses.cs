using ZfNet.Data;

namespace ZfNet.Reports;

/// <summary>What the network says of some pictures, drawn by lot so that nobody chose them.</summary>
internal static class DemoClasses
{
    private const int Cards = 20;
    private const int Bars = 3;

    public static object Make(DemoWork work, IReadOnlyList<Classified> classified)
    {
        var order = BatchOrder.Shuffled(work.Pictures.Count, work.Options.Seed, epoch: 0);
        return new
        {
            note = $"{Math.Min(Cards, order.Length)} pictures drawn by lot. Green is the true class, red a wrong first guess.",
            cards = order.Take(Cards).Select(i => new
            {
                image = ReportPage.Inline(work.Pictures.Get(i)),
                bars = classified[i].Predictions.Take(Bars).Select((guess, rank) => new
                {
                    name = guess.Name,
                    percent = (int)Math.Round(100 * guess.Probability),
                    mark = guess.Index == work.Pictures.Label(i) ? "hit" : rank == 0 ? "miss" : null,
                }).ToArray(),
            }).ToArray(),
        };
    }
}
