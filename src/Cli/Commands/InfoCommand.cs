using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet info: what this build is and what it finds to run on.</summary>
internal sealed class InfoCommand : CliCommand
{
    public InfoCommand(CliHost host)
        : base("info", "Print the version, the machine, and the devices that networks can run on.", host) =>
        Options.Add(Common.Json);

    /// <summary>The version without the source revision.</summary>
    public static string Version =>
        (typeof(InfoCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    protected override void Execute(ParseResult parse)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var simd = Simd().ToArray();
        var devices = Host.Machine.List();
        var gpus = Host.Machine.FindGpus();
        if (parse.GetValue(Common.Json))
        {
            WriteJson(new
            {
                version = Version,
                runtime = RuntimeInformation.FrameworkDescription,
                os = RuntimeInformation.OSDescription,
                architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
                simd,
                threads = Environment.ProcessorCount,
                memoryBytes = memory,
                devices = devices.Select(device => new { name = device.Name, description = device.Description }),
                cuda = new
                {
                    driver = gpus.DriverCuda?.ToString(),
                    noGpu = gpus.NoGpu,
                    cublas = gpus.Cublas,
                    noCublas = gpus.NoCublas,
                    gpus = gpus.Gpus.Select(gpu => new
                    {
                        index = gpu.Index,
                        name = gpu.Name,
                        computeCapability = gpu.ComputeCapability.ToString(),
                        memoryBytes = gpu.TotalMemory,
                        unusable = gpu.Unusable,
                    }),
                },
            });
            return;
        }
        Host.Output.WriteLine($"zfnet      {Version}");
        Host.Output.WriteLine($"runtime    {RuntimeInformation.FrameworkDescription}");
        Host.Output.WriteLine($"system     {RuntimeInformation.OSDescription}");
        Host.Output.WriteLine($"processor  {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, {(simd.Length > 0 ? string.Join(", ", simd) : "no vector instructions")}");
        Host.Output.WriteLine($"threads    {Environment.ProcessorCount}");
        Host.Output.WriteLine($"memory     {GiB(memory)}");
        foreach (var (name, description) in devices)
            Host.Output.WriteLine($"device     {name}: {description}");
        foreach (var line in GpuLines(gpus))
            Host.Output.WriteLine(line);
    }

    /// <summary>What there is for CUDA, or the reason why there is nothing.</summary>
    internal static IEnumerable<string> GpuLines(GpuSystem system)
    {
        if (system.DriverCuda is not null)
            yield return $"driver     CUDA {system.DriverCuda}";
        foreach (var gpu in system.Gpus)
        {
            yield return $"gpu        {gpu.Index}: {gpu.Name}, compute capability {gpu.ComputeCapability}, "
                + GiB(gpu.TotalMemory);
        }
        if (system.NoGpu is not null)
            yield return $"gpu        {system.NoGpu}";
        foreach (var unusable in system.Gpus.Where(gpu => gpu.Unusable is not null && system.NoGpu is null))
            yield return $"gpu        {unusable.Unusable}";
        if ((system.Cublas ?? system.NoCublas) is { } cublas)
            yield return $"cublas     {cublas}";
    }

    private static string GiB(long bytes) => FormattableString.Invariant($"{bytes / (double)(1L << 30):0.0} GiB");

    private static IEnumerable<string> Simd()
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            yield return "AVX-512";
        if (Avx2.IsSupported)
            yield return "AVX2";
        if (Fma.IsSupported)
            yield return "FMA";
        if (AdvSimd.IsSupported)
            yield return "Advanced SIMD";
    }
}
