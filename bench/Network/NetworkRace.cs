using System.Globalization;
using System.Text.Json;

namespace ZfNet.Benchmarks;

/// <summary>
/// Our side of the race with PyTorch (bench/Peers/torch_race.py, which starts this in the middle of its own rounds):
/// the network's forward pass and training step, every round of each, as one line of JSON.
/// </summary>
internal static class NetworkRace
{
    /// <summary>Times the run's device, which is a GPU.</summary>
    public static void Run(int rounds)
    {
        var clock = BenchmarkDevice.Current.Rates!.Clock;
        foreach (var sizes in NetworkBenchmarks.Cases)
        {
            var network = new NetworkBenchmarks { Case = sizes };
            network.Setup();
            try
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    engine = "ZfNet",
                    device = BenchmarkDevice.Current.Description,
                    batch = sizes.Batch,
                    recorded = sizes.Recorded,
                    forward_ms = Times(network.Forward),
                    step_ms = Times(network.TrainingStep),
                }));
            }
            finally
            {
                network.Cleanup();
            }
        }

        double[] Times(Action action) =>
            [.. Enumerable.Range(0, rounds).Select(_ => Math.Round(clock.Milliseconds(action), 3))];
    }

    /// <summary>The number of rounds in an argument.</summary>
    public static int Rounds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds > 0
            ? rounds
            : throw new ArgumentException($"--race takes a number of rounds, not \"{text}\".");
}
