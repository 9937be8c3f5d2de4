using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests;

/// <summary>
/// Every backend that the op tests run on, from one source: each adds its name and its device here and nowhere else, and
/// the tests ask for nothing but a <see cref="Device"/>. "cuda-software" is the CUDA backend, its committed PTX executed by
/// the software GPU with every check on; a fault fails the test that next reads a result. "cuda" is this machine's GPU,
/// where there is one, or where ZFNET_REQUIRE_GPU=1 makes its absence a failure of every one of these tests.
/// </summary>
public static class Backends
{
    private const string Gpu = "cuda";

    private static readonly Dictionary<string, Lazy<Device>> Devices = new()
    {
        ["reference"] = new(() => new Device(new ReferenceBackend())),
        ["cpu-1-thread"] = new(() => new Device(new CpuBackend(1))),
        ["cpu-2-threads"] = new(() => new Device(new CpuBackend(2))),
        ["cpu-avx2"] = new(() => new Device(new CpuBackend(2, CpuIsa.Avx2))),
        ["cpu-portable"] = new(() => new Device(new CpuBackend(2, CpuIsa.Portable))),
        ["cuda-software"] = new(() => new Device(new CudaBackend(new SoftwareGpu()))),
        [Gpu] = new(() => Device.Cuda()),
    };

    /// <summary>Fixture source: the names.</summary>
    public static IEnumerable<string> All => NoGpu is null || GpuIsRequired ? Devices.Keys : Devices.Keys.Except([Gpu]);

    /// <summary>Those that compute on the CPU.</summary>
    public static IEnumerable<string> Cpus => Devices.Keys.Where(name => !name.StartsWith(Gpu, StringComparison.Ordinal));

    /// <summary>Why this machine has no GPU to test on, in a sentence; null where it has one.</summary>
    public static string? NoGpu { get; } = Device.Gpus().NoGpu;

    /// <summary>Whether a GPU that is not there is a failure rather than a skip.</summary>
    public static bool GpuIsRequired => Environment.GetEnvironmentVariable("ZFNET_REQUIRE_GPU") == "1";

    /// <summary>
    /// Whether a device interprets its kernels, at some ten thousandths of a CPU's speed. A test of minutes there takes
    /// fewer elements or a smaller shape; no op is left out.
    /// </summary>
    public static bool IsSlow(string name) => name == "cuda-software";

    /// <summary>The float64 specification.</summary>
    public static Device Reference => Devices["reference"].Value;

    /// <summary>The devices whose every bit equals this one's: itself, in a second run, and the same with other
    /// threads.</summary>
    public static IEnumerable<Device> MustEqual(string name) =>
        name.EndsWith("-threads", StringComparison.Ordinal) ? [Get(name), Get("cpu-1-thread")] : [Get(name)];

    /// <summary>The device of a name, made once; the test is skipped, with the reason, where it cannot run.</summary>
    public static Device Get(string name)
    {
        if (name == "cpu-avx2" && !CpuIsaSupport.CanRun(CpuIsa.Avx2))
            Assert.Ignore("This processor has no AVX2.");
        return Devices[name].Value;
    }
}
