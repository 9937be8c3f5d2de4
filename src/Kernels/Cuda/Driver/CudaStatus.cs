namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUresult: the values that are acted on by name. The driver names the others.</summary>
internal enum CudaStatus
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    Deinitialized = 4,
    StubLibrary = 34,
    DeviceUnavailable = 46,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidImage = 200,
    InvalidContext = 201,
    NoBinaryForGpu = 209,
    EccUncorrectable = 214,
    InvalidPtx = 218,
    NvlinkUncorrectable = 220,
    JitCompilerNotFound = 221,
    UnsupportedPtxVersion = 222,
    NotFound = 500,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    LaunchTimeout = 702,
    ContextIsDestroyed = 709,
    Assert = 710,
    HardwareStackError = 714,
    IllegalInstruction = 715,
    MisalignedAddress = 716,
    InvalidAddressSpace = 717,
    InvalidPc = 718,
    LaunchFailed = 719,
    NotSupported = 801,
    SystemNotReady = 802,
    SystemDriverMismatch = 803,
    StreamCaptureInvalidated = 901,
    ExternalDevice = 911,
    Unknown = 999,
}

/// <summary>What a status means for what comes next.</summary>
internal static class CudaStatuses
{
    /// <summary>Whether the context is dead: every later call in it fails with the same status.</summary>
    public static bool IsLost(this CudaStatus status) => status is
        CudaStatus.Deinitialized or CudaStatus.DeviceUnavailable or CudaStatus.EccUncorrectable
        or CudaStatus.NvlinkUncorrectable or CudaStatus.IllegalAddress or CudaStatus.LaunchTimeout
        or CudaStatus.ContextIsDestroyed or CudaStatus.Assert or CudaStatus.HardwareStackError
        or CudaStatus.IllegalInstruction or CudaStatus.MisalignedAddress or CudaStatus.InvalidAddressSpace
        or CudaStatus.InvalidPc or CudaStatus.LaunchFailed or CudaStatus.ExternalDevice or CudaStatus.Unknown;
}
