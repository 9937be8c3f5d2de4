namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>Looks for GPUs.</summary>
public static class Gpus
{
    /// <summary>What this machine has. It never throws: what is missing is a sentence in the result.</summary>
    public static GpuSystem Find() => Find(CudaDriver.OfThisMachine, Cublas.OfThisMachine);

    /// <summary>What a driver has.</summary>
    internal static GpuSystem Find(LoadedDriver driver, Func<Version, LoadedCublas> cublas)
    {
        var cuda = driver.Cuda.Major > 0 ? driver.Cuda : null;
        if (driver.Driver is null)
            return new GpuSystem { DriverCuda = cuda, NoGpu = driver.Missing };
        var blas = cublas(driver.Cuda);
        var system = new GpuSystem { DriverCuda = cuda, Cublas = blas.Version, NoCublas = blas.Missing };
        try
        {
            var count = CudaDevices.Count(driver.Driver);
            var gpus = Enumerable.Range(0, count).Select(index => Look(driver.Driver, index)).ToArray();
            string? reason = null;
            if (count == 0)
                reason = "The NVIDIA driver is here, but it finds no GPU.";
            else if (gpus.All(gpu => gpu.Unusable is not null))
                reason = string.Join(" ", gpus.Select(gpu => gpu.Unusable));
            return system with { Gpus = gpus, NoGpu = reason };
        }
        catch (GpuException error)
        {
            return system with { NoGpu = error.Message };
        }
    }

    private static GpuInfo Look(ICudaDriver driver, int index)
    {
        var device = CudaDevices.Device(driver, index);
        var (name, capability) = (CudaDevices.Name(driver, device), CudaDevices.Capability(driver, device));
        return new GpuInfo(
            index, name, capability, CudaDevices.TotalMemory(driver, device),
            capability < CudaDriverRuntime.OldestCapability ? CudaDevices.TooOld(name, capability) : null);
    }
}
