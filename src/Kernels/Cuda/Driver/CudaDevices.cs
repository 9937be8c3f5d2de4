using System.Globalization;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>What the driver knows of a device before a context is made.</summary>
internal static unsafe class CudaDevices
{
    /// <summary>How many there are.</summary>
    public static int Count(ICudaDriver driver)
    {
        int count;
        Check(driver, driver.DeviceGetCount(&count), "cuDeviceGetCount");
        return count;
    }

    /// <summary>CUdevice of an index.</summary>
    /// <exception cref="GpuUnavailableException">There is no such index.</exception>
    public static int Device(ICudaDriver driver, int index)
    {
        var count = Count(driver);
        if (index < 0 || index >= count)
        {
            var there = count switch { 0 => "none", 1 => "one, GPU 0", _ => $"{count}, GPU 0 to GPU {count - 1}" };
            throw new GpuUnavailableException($"There is no GPU {index}: this machine has {there}.");
        }
        int device;
        Check(driver, driver.DeviceGet(&device, index), $"cuDeviceGet({index})");
        return device;
    }

    /// <summary>CUdevice of an index whose device runs our kernels.</summary>
    /// <exception cref="GpuUnavailableException">There is no such index, or the device is too old.</exception>
    public static int Usable(ICudaDriver driver, int index)
    {
        var device = Device(driver, index);
        var capability = Capability(driver, device);
        return capability >= CudaDriverRuntime.OldestCapability
            ? device
            : throw new GpuUnavailableException(TooOld(Name(driver, device), capability));
    }

    /// <summary>What people call it.</summary>
    public static string Name(ICudaDriver driver, int device)
    {
        const int Length = 256;
        var name = stackalloc byte[Length];
        Check(driver, driver.DeviceGetName(name, Length, device), "cuDeviceGetName");
        return Marshal.PtrToStringUTF8((nint)name) ?? "";
    }

    /// <summary>Bytes of its memory.</summary>
    public static long TotalMemory(ICudaDriver driver, int device)
    {
        nuint bytes;
        Check(driver, driver.DeviceTotalMem(&bytes, device), "cuDeviceTotalMem");
        return (long)bytes;
    }

    /// <summary>Its compute capability.</summary>
    public static Version Capability(ICudaDriver driver, int device) => new(
        Attribute(driver, CudaDeviceAttribute.ComputeCapabilityMajor, device),
        Attribute(driver, CudaDeviceAttribute.ComputeCapabilityMinor, device));

    /// <summary>An attribute; 0 where the driver does not know it.</summary>
    public static int Attribute(ICudaDriver driver, CudaDeviceAttribute attribute, int device)
    {
        int value;
        var status = driver.DeviceGetAttribute(&value, attribute, device);
        if (status == CudaStatus.InvalidValue)
            return 0;
        Check(driver, status, $"cuDeviceGetAttribute({attribute})");
        return value;
    }

    /// <summary>Name and limits.</summary>
    public static GpuDescription Describe(ICudaDriver driver, int device)
    {
        int Of(CudaDeviceAttribute attribute) => Attribute(driver, attribute, device);
        return new GpuDescription
        {
            Name = Name(driver, device),
            ComputeCapability = Capability(driver, device),
            TotalMemory = TotalMemory(driver, device),
            Multiprocessors = Of(CudaDeviceAttribute.Multiprocessors),
            MaxThreadsPerBlock = Of(CudaDeviceAttribute.MaxThreadsPerBlock),
            MaxSharedBytesPerBlock = Of(CudaDeviceAttribute.MaxSharedBytesPerBlock),
            MaxBlock = new(
                Of(CudaDeviceAttribute.MaxBlockX), Of(CudaDeviceAttribute.MaxBlockY),
                Of(CudaDeviceAttribute.MaxBlockZ)),
            MaxGrid = new(
                Of(CudaDeviceAttribute.MaxGridX), Of(CudaDeviceAttribute.MaxGridY), Of(CudaDeviceAttribute.MaxGridZ)),
        };
    }

    /// <summary>Why a device cannot be used.</summary>
    public static string TooOld(string name, Version capability) => string.Create(
        CultureInfo.InvariantCulture,
        $"The GPU {name} is too old: it has compute capability {capability}, "
        + $"and the kernels need {CudaDriverRuntime.OldestCapability} or newer.");

    private static void Check(ICudaDriver driver, CudaStatus status, string call)
    {
        if (status != CudaStatus.Success)
            throw CudaContext.Failure(driver, status, call);
    }
}
