using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ZfNet.Engine;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet info: what this build is and what it finds to run on.</summary>
internal sealed class InfoCommand : CliCommand
{
    private const string NoCuda = "There is no CUDA backend in this version.";

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
        var devices = Device.List();
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
                cuda = false,
            });
            return;
        }
        Host.Output.WriteLine($"zfnet      {Version}");
        Host.Output.WriteLine($"runtime    {RuntimeInformation.FrameworkDescription}");
        Host.Output.WriteLine($"system     {RuntimeInformation.OSDescription}");
        Host.Output.WriteLine($"processor  {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, {(simd.Length > 0 ? string.Join(", ", simd) : "no vector instructions")}");
        Host.Output.WriteLine($"threads    {Environment.ProcessorCount}");
        Host.Output.WriteLine(FormattableString.Invariant($"memory     {memory / (double)(1L << 30):0.0} GiB"));
        foreach (var (name, description) in devices)
            Host.Output.WriteLine($"device     {name}: {description}");
        Host.Output.WriteLine(NoCuda);
    }

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
