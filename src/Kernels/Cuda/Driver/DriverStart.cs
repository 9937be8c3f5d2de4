namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The driver, initialised, with the CUDA version that it offers; or a sentence that says why there is none.
/// </summary>
internal sealed record LoadedDriver(ICudaDriver? Driver, string? Missing)
{
    /// <summary>The newest CUDA that the driver runs; 0.0 where there is no driver.</summary>
    public Version Cuda { get; init; } = new(0, 0);

    /// <summary>The driver.</summary>
    /// <exception cref="GpuUnavailableException">There is none.</exception>
    public ICudaDriver Required => Driver ?? throw new GpuUnavailableException(Missing!);
}

/// <summary>Initialises a driver, and says in words why it does not work.</summary>
internal static class DriverStart
{
    /// <summary>The oldest driver with every entry point that is called.</summary>
    public static Version Oldest { get; } = new(11, 4);

    /// <summary>Calls cuInit and asks for the version.</summary>
    public static unsafe LoadedDriver Run(ICudaDriver driver)
    {
        int version;
        var status = driver.DriverGetVersion(&version);
        if (status != CudaStatus.Success)
            return new LoadedDriver(
                null, $"The NVIDIA driver does not tell its version: {CudaNames.Of(driver, status)}.");
        var cuda = OfNumber(version);
        if (cuda < Oldest)
        {
            return new LoadedDriver(
                null,
                $"The NVIDIA driver is too old: it is made for CUDA {cuda}, and CUDA {Oldest} is the least. "
                + "Update the driver.");
        }
        status = driver.Init(0);
        return status == CudaStatus.Success
            ? new LoadedDriver(driver, null) { Cuda = cuda }
            : new LoadedDriver(null, Sentence(driver, status)) { Cuda = cuda };
    }

    /// <summary>A version as the driver writes it: 12040 is 12.4.</summary>
    public static Version OfNumber(int number) => new(number / 1000, number % 1000 / 10);

    private static string Sentence(ICudaDriver driver, CudaStatus status)
    {
        var name = $"cuInit: {CudaNames.Of(driver, status)}";
        return status switch
        {
            CudaStatus.NoDevice => $"The NVIDIA driver is here, but it finds no GPU ({name}).",
            CudaStatus.StubLibrary =>
                $"The CUDA library is a stub for building, not a driver ({name}). Install the NVIDIA driver.",
            CudaStatus.SystemNotReady =>
                $"The NVIDIA driver is not ready ({name}). On a machine with NVSwitch, start nvidia-fabricmanager.",
            CudaStatus.SystemDriverMismatch =>
                $"The NVIDIA driver's library and its kernel module are of different versions ({name}). "
                + "Restart the machine.",
            _ => $"The NVIDIA driver does not start ({name}).",
        };
    }
}
