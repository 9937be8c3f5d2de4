// Races with other engines on this machine: dotnet bench/Peers/bin/Release/net10.0/ZfNet.Peers.dll [forward] [profile] [occlusion] [train] [gemm] [data] [projection] [threads] [memory [bfloat16]] [storage] [rounding] [paper|compact]
using System.Globalization;
using ZfNet;
using ZfNet.Peers;

var threads = Number("--threads", Environment.ProcessorCount);
var rounds = Number("--rounds", 9);
var positions = Number("--positions", 64);
var all = !args.Any(arg => arg is "forward" or "profile" or "occlusion" or "train" or "gemm" or "data" or "projection" or "threads" or "memory" or "storage" or "rounding");
var spec = args.Contains("paper") ? Networks.Paper : args.Contains("compact") ? Networks.Compact : Networks.Wide;

Timing.Probe(threads);
if (all || args.Contains("forward") || args.Contains("profile") || args.Contains("occlusion"))
{
    using var race = new ForwardRace(spec, threads, rounds);
    if (all || args.Contains("forward"))
    {
        race.Forward(1);
        race.Forward(8);
    }
    if (args.Contains("profile"))
    {
        race.Profile(1);
        race.Profile(8);
    }
    if (all || args.Contains("occlusion"))
        race.Occlusion(positions);
}
if (args.Contains("gemm"))
{
    using var gemm = new GemmRace(threads, rounds);
    gemm.Run();
}
if (all || args.Contains("train"))
    TrainingStep.Run(spec, threads, Number("--batch", 8), rounds, Timing.Probe(threads));
if (all || args.Contains("projection"))
{
    using var projection = new ProjectionRace(spec, threads, rounds);
    projection.Run(Timing.Probe(threads));
}
if (args.Contains("threads"))
{
    ThreadRace.Run(spec, 1, rounds);
    ThreadRace.Run(spec, 8, rounds);
}
if (args.Contains("memory"))
    MemoryReport.Run(spec, threads, args.Contains("bfloat16"));
if (args.Contains("storage"))
    StorageRace.Run(spec, threads, rounds);
if (args.Contains("data"))
    DataRace.Run(threads, Number("--batch", 8), rounds);
if (args.Contains("rounding"))
    RoundingReport.Run(spec, threads);
Console.WriteLine("The peak once more, to see whether the machine stayed quiet:");
Timing.Probe(threads);

int Number(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
