using System.Globalization;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Engine;

/// <summary>What a machine has to compute on, and how a device is chosen by its name.</summary>
/// <param name="FindGpus">Looks for GPUs; it never throws.</param>
/// <param name="OpenGpu">Opens one of them, or throws <see cref="GpuException"/>.</param>
public sealed record Machine(Func<GpuSystem> FindGpus, Func<int, Device> OpenGpu)
{
    private const string Gpu = "cuda";

    /// <summary>The machine that runs this.</summary>
    public static Machine This { get; } = new(Kernels.Cuda.Driver.Gpus.Find, Device.Cuda);

    /// <summary>The names that <see cref="Open"/> knows, for a sentence.</summary>
    public static string Names => "auto, cpu, reference, cuda or cuda:n";

    /// <summary>Whether <see cref="Open"/> knows a name; the GPU that it names need not be there.</summary>
    public static bool IsName(string name) => name is "auto" or "cpu" or "reference" || IndexOf(name) is not null;

    /// <summary>The devices that there are, by name, with what they compute with; the fastest first.</summary>
    public IReadOnlyList<(string Name, string Description)> List()
    {
        using var cpu = new CpuBackend();
        return
        [
            .. FindGpus().Gpus.Where(gpu => gpu.Unusable is null).Select(gpu => (NameOf(gpu.Index), gpu.Name)),
            ("cpu", cpu.Description), ("reference", Device.Reference.Backend.Description),
        ];
    }

    /// <summary>Opens a device, which the caller disposes.</summary>
    /// <param name="name">
    /// "cpu"; "reference", the plain loops; "cuda" or "cuda:n", a GPU; "auto", the first GPU that works, else the CPU.
    /// </param>
    /// <param name="threads">Threads of the CPU device; 0 takes one for each processor.</param>
    /// <param name="told">Of "auto": told in a sentence which device it took and why.</param>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    /// <exception cref="GpuException">The GPU that was asked for is not there or does not work.</exception>
    public Device Open(string name, int threads = 0, Action<string>? told = null) => name switch
    {
        "auto" => First(threads, told),
        "cpu" => Device.CreateCpu(threads),
        "reference" => new Device(new ReferenceBackend()),
        _ when IndexOf(name) is { } index => OpenGpu(index),
        _ => throw new ArgumentException($"There is no device '{name}'; there are {Names}."),
    };

    private Device First(int threads, Action<string>? told)
    {
        var system = FindGpus();
        var refused = new List<string>();
        foreach (var gpu in system.Gpus)
        {
            if (gpu.Unusable is not null)
            {
                refused.Add(gpu.Unusable);
                continue;
            }
            try
            {
                var device = OpenGpu(gpu.Index);
                var choice = $"Computing on {NameOf(gpu.Index)}, {gpu.Name}, the first GPU that works";
                told?.Invoke(Sentence(choice, refused));
                return device;
            }
            catch (Exception error) when (error is GpuException or InsufficientMemoryException)
            {
                refused.Add($"{NameOf(gpu.Index)}: {error.Message}");
            }
        }
        if (refused.Count == 0)
            refused.Add(system.NoGpu ?? "There is no GPU.");
        told?.Invoke(Sentence("Computing on the CPU", refused));
        return Device.CreateCpu(threads);
    }

    private static string Sentence(string choice, List<string> refused) =>
        refused.Count == 0 ? choice + "." : $"{choice}: {string.Join(" ", refused)}";

    private static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Gpu}:{index}");

    private static int? IndexOf(string name)
    {
        if (name == Gpu)
            return 0;
        return name.StartsWith(Gpu + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Gpu.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;
    }
}
