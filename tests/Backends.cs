using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>
/// Every backend that the op tests run on, from one source. A backend to come (CUDA) adds its name and its device here and
/// nowhere else: the tests ask for nothing but a <see cref="Device"/>.
/// </summary>
public static class Backends
{
    private static readonly Dictionary<string, Lazy<Device>> Devices = new()
    {
        ["reference"] = new(() => new Device(new ReferenceBackend())),
        ["cpu-1-thread"] = new(() => new Device(new CpuBackend(1))),
        ["cpu-2-threads"] = new(() => new Device(new CpuBackend(2))),
        ["cpu-avx2"] = new(() => new Device(new CpuBackend(2, CpuIsa.Avx2))),
        ["cpu-portable"] = new(() => new Device(new CpuBackend(2, CpuIsa.Portable))),
    };

    /// <summary>Fixture source: the names.</summary>
    public static IEnumerable<string> All => Devices.Keys;

    /// <summary>The float64 specification.</summary>
    public static Device Reference => Devices["reference"].Value;

    /// <summary>The devices whose every bit equals this one's: itself, in a second run, and the same with other threads.</summary>
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
