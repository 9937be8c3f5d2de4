using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUdevice_attribute: those that are read.</summary>
internal enum CudaDeviceAttribute
{
    MaxThreadsPerBlock = 1,
    MaxBlockX = 2,
    MaxBlockY = 3,
    MaxBlockZ = 4,
    MaxGridX = 5,
    MaxGridY = 6,
    MaxGridZ = 7,
    MaxSharedBytesPerBlock = 8,
    Multiprocessors = 16,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MemoryPoolsSupported = 115,
}

/// <summary>CUfunction_attribute: those that are read or set.</summary>
internal enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    MaxDynamicSharedBytes = 8,
}

/// <summary>CUjit_option: those that are passed.</summary>
internal enum CudaJitOption
{
    InfoLogBuffer = 3,
    InfoLogBufferBytes = 4,
    ErrorLogBuffer = 5,
    ErrorLogBufferBytes = 6,
    LogVerbose = 12,
}

/// <summary>CUmemPool_attribute: those that are read or set; each is a 64-bit number.</summary>
internal enum CudaPoolAttribute
{
    ReleaseThreshold = 4,
    ReservedCurrent = 5,
    UsedCurrent = 7,
}

/// <summary>CUstreamCaptureMode.</summary>
internal enum CudaCaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>Flags of streams, events and host memory.</summary>
internal static class CudaFlags
{
    /// <summary>CU_STREAM_NON_BLOCKING: no waiting on the legacy stream 0.</summary>
    public const uint StreamNonBlocking = 1;

    /// <summary>CU_EVENT_DEFAULT: with a time.</summary>
    public const uint EventDefault = 0;

    /// <summary>CU_EVENT_DISABLE_TIMING.</summary>
    public const uint EventDisableTiming = 2;
}

/// <summary>CUmemPoolProps of pinned memory on a device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudaPoolProperties
{
    private const int Pinned = 1;
    private const int OnDevice = 1;

    public int AllocationType;
    public int HandleTypes;
    public int LocationType;
    public int LocationId;
    public nint Win32SecurityAttributes;
    public nuint MaxBytes;
    public CudaReserved Reserved;

    /// <summary>A pool of a device, private to this process, as large as it must be.</summary>
    public static CudaPoolProperties Of(int device) =>
        new() { AllocationType = Pinned, LocationType = OnDevice, LocationId = device };
}

/// <summary>Bytes that must be zero.</summary>
[InlineArray(56)]
internal struct CudaReserved
{
    private byte first;
}
