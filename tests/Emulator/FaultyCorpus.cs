using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;
using static ZfNet.PtxEmulator.Checks.CheckKind;

namespace ZfNet.Tests.Emulator;

/// <summary>How each faulty kernel of the corpus and its twin are launched, and what is to be reported.</summary>
internal static class FaultyCorpus
{
    /// <summary>A pair of kernels.</summary>
    /// <param name="File">The file of the corpus.</param>
    /// <param name="Stem">The kernels are Stem_faulty and Stem_repaired.</param>
    /// <param name="Kind">What is to be reported.</param>
    /// <param name="Run">Prepares memory and launches.</param>
    /// <param name="Shapes">Blocks and threads to try.</param>
    internal sealed record Case(
        string File, string Stem, CheckKind Kind, Action<Trial> Run, (int Blocks, int Threads)[] Shapes);

    /// <summary>One launch of one of the two.</summary>
    internal sealed record Trial(CorpusRun Gpu, string Kernel, int Blocks, int Threads)
    {
        /// <summary>All threads.</summary>
        public int Count => Blocks * Threads;

        public DevicePointer Floats(int count) => Gpu.Upload(CorpusData.Floats(count, count));

        /// <summary>Numbers from 1 to 500.</summary>
        public DevicePointer Ints(int count) => Gpu.Upload(CorpusData.Ints(count, count, 1, 501));

        public DevicePointer Empty<T>(int count)
            where T : unmanaged => Gpu.Empty<T>(count);

        public void Launch(params ReadOnlySpan<KernelArgument> arguments) =>
            Gpu.Launch(Kernel, Blocks, Threads, arguments);
    }

    public static Case[] Cases { get; } =
    [
        Bounds("store_past_end", OutOfBounds, MapAllButOne, (1, 32), (3, 45), (2, 256)),
        Bounds("load_before_start", OutOfBounds, MapAllButOne, (1, 32), (3, 45)),
        Bounds("wild_index", OutOfBounds, SquareOf600, (1, 33), (4, 160)),
        Bounds("past_shared", OutOfBounds, go => go.Launch(go.Ints(65), go.Empty<int>(65)), (1, 65)),
        Bounds("past_dynamic", OutOfBounds, DynamicWordAThread, (1, 1), (1, 33), (1, 96)),
        Bounds("past_local", OutOfBounds, DigitsBelowEight, (1, 8), (3, 45)),
        Bounds("misaligned", Misaligned, FourAThread, (1, 32), (2, 45)),
        Bounds("misaligned_shared", Misaligned, go => go.Launch(go.Floats(64), go.Empty<double>(64)), (1, 64)),
        Bounds("after_free", UseAfterFree, FreeThenLaunch, (1, 32), (3, 45)),
        Reads("unwritten_shared", Exchange, (1, 32), (1, 45), (1, 128)),
        Reads("unwritten_global", MapAllButOne, (1, 32), (3, 45)),
        Reads("unwritten_atomic", go => go.Launch(go.Ints(go.Count), go.Empty<int>(1), go.Count), (1, 32), (1, 100)),
        Races("missing_barrier", SharedRace, Exchange, (1, 64), (1, 100), (1, 128)),
        Races("tree", SharedRace, go => go.Launch(go.Ints(go.Count), go.Empty<int>(1)), (1, 128), (1, 256)),
        Races("overwritten_tile", SharedRace, ThreeTiles, (1, 64), (1, 128)),
        Races("blocks_race", GlobalRace, IntoOneCell, (2, 32), (5, 45)),
        Races("neighbour_block", GlobalRace, ByWayOfGlobal, (2, 32), (3, 45)),
        Races("global_exchange", GlobalRace, ByWayOfGlobal, (1, 64), (2, 45)),
        Races("two_writers", GlobalRace, MapInts, (1, 32), (3, 45)),
        Races("plain_and_atomic", GlobalRace, IntoOneCell, (1, 64), (3, 45)),
        Barriers("divergent_barrier", BarrierDivergence, Exchange, (1, 32), (1, 96)),
        Barriers("lonely_barrier", BarrierDeadlock, go => go.Launch(go.Empty<int>(go.Count)), (1, 64)),
        Barriers("divergent_shuffle", BarrierDeadlock, Exchange, (1, 32), (1, 96)),
        Barriers("endless", RunawayLoop, go => go.Launch(go.Ints(70), go.Empty<int>(70), 70), (1, 32), (2, 45)),
        Barriers("waits_for_block", RunawayLoop, go => go.Launch(go.Gpu.Upload(0), go.Empty<int>(go.Blocks)), (2, 32)),
    ];

    private static Case Bounds(string stem, CheckKind kind, Action<Trial> run, params (int, int)[] shapes) =>
        new("faulty_bounds", stem, kind, run, shapes);

    private static Case Reads(string stem, Action<Trial> run, params (int, int)[] shapes) =>
        new("faulty_reads", stem, UninitializedRead, run, shapes);

    private static Case Races(string stem, CheckKind kind, Action<Trial> run, params (int, int)[] shapes) =>
        new("faulty_races", stem, kind, run, shapes);

    private static Case Barriers(string stem, CheckKind kind, Action<Trial> run, params (int, int)[] shapes) =>
        new("faulty_barriers", stem, kind, run, shapes);

    // One element fewer than threads.
    private static void MapAllButOne(Trial go) =>
        go.Launch(go.Floats(go.Count - 1), go.Empty<float>(go.Count - 1), go.Count - 1);

    private static void MapInts(Trial go) => go.Launch(go.Ints(go.Count), go.Empty<int>(go.Count), go.Count);

    private static void SquareOf600(Trial go) => go.Launch(go.Floats(600 * 600), go.Empty<float>(600), 600, 600);

    private static void Exchange(Trial go) => go.Launch(go.Ints(go.Count), go.Empty<int>(go.Count));

    private static void DynamicWordAThread(Trial go) => go.Gpu.Launch(
        go.Kernel, new LaunchShape(new Extent(go.Blocks), new Extent(go.Threads), 4 * go.Threads), go.Ints(go.Count),
        go.Empty<int>(go.Count));

    private static void DigitsBelowEight(Trial go) =>
        go.Launch(go.Gpu.Upload(CorpusData.Ints(go.Count, go.Count, 0, 8)), go.Empty<int>(go.Count), go.Count);

    private static void FourAThread(Trial go) =>
        go.Launch(go.Floats((4 * go.Count) + 3), go.Empty<float>(go.Count), (4 * go.Count) + 3);

    private static void FreeThenLaunch(Trial go)
    {
        DevicePointer x = go.Floats(go.Count), y = go.Empty<float>(go.Count);
        if (go.Kernel.EndsWith("_faulty", StringComparison.Ordinal))
            go.Gpu.Free(x);
        go.Launch(x, y, go.Count);
    }

    private static void ThreeTiles(Trial go) => go.Launch(go.Ints(3 * go.Count), go.Empty<int>(go.Count), 3);

    private static void IntoOneCell(Trial go) => go.Launch(go.Ints(go.Count), go.Gpu.Upload(0), go.Count);

    private static void ByWayOfGlobal(Trial go) =>
        go.Launch(go.Ints(go.Count), go.Gpu.Upload(new int[go.Count]), go.Empty<int>(go.Count));
}
