using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>A native library, or a sentence that says why it is not there.</summary>
internal readonly record struct LoadedLibrary(nint Handle, string Name, string? Missing);

/// <summary>Finds the driver and cuBLAS under the names that the systems give them.</summary>
internal static class CudaLibraries
{
    /// <summary>The name that bindings of the driver give.</summary>
    public const string DriverName = "cuda";

    /// <summary>The name that bindings of cuBLAS give.</summary>
    public const string CublasName = "cublas";

    private static readonly Lazy<LoadedLibrary> LoadedDriver = new(() => Load("NVIDIA driver", DriverFiles(), TryLoad));
    private static LoadedLibrary? loadedCublas;

    static CudaLibraries() => NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, Resolve);

    /// <summary>The driver's library, loaded once.</summary>
    public static LoadedLibrary Driver => LoadedDriver.Value;

    /// <summary>The newest cuBLAS that a driver can run, loaded once.</summary>
    public static LoadedLibrary Cublas(Version driver) =>
        loadedCublas ??= Load(
            "cuBLAS", [.. CublasFiles(driver), .. CublasFiles(driver).SelectMany(InToolkit)], TryLoad);

    /// <summary>The first of some files that loads.</summary>
    internal static LoadedLibrary Load(string what, IReadOnlyList<string> files, Func<string, nint> load)
    {
        foreach (var file in files)
        {
            if (load(file) is var handle and not 0)
                return new LoadedLibrary(handle, file, null);
        }
        var names = files.Where(file => Path.GetFileName(file) == file).ToArray();
        var sought = names.Length == 1
            ? $"{names[0]} was not found"
            : $"neither {string.Join(" nor ", names)} was found";
        return new LoadedLibrary(0, "", $"There is no {what} on this machine ({sought}).");
    }

    /// <summary>What cuBLAS is called, 13 before 12; 13 needs a driver of CUDA 13.</summary>
    internal static string[] CublasFiles(Version driver) => CublasFiles(driver, OperatingSystem.IsWindows());

    /// <summary>What cuBLAS is called on a system.</summary>
    internal static string[] CublasFiles(Version driver, bool windows)
    {
        int[] releases = driver.Major >= 13 ? [13, 12] : [12];
        return [.. releases.Select(release => release.ToString(CultureInfo.InvariantCulture))
            .Select(release => windows ? $"cublas64_{release}.dll" : $"libcublas.so.{release}")];
    }

    private static string[] DriverFiles() => OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"];

    // A toolkit that the system's loader was not told of.
    private static IEnumerable<string> InToolkit(string file)
    {
        string?[] homes =
        [
            Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME"),
            "/usr/local/cuda",
        ];
        string[] folders = OperatingSystem.IsWindows() ? ["bin", Path.Combine("bin", "x64")] : ["lib64", "lib"];
        return from home in homes
               where !string.IsNullOrEmpty(home)
               from folder in folders
               select Path.Combine(home, folder, file);
    }

    private static nint TryLoad(string file) => NativeLibrary.TryLoad(file, out var handle) ? handle : 0;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        DriverName => Driver.Handle,
        CublasName => loadedCublas?.Handle ?? 0,
        _ => 0,
    };
}
