namespace ZfNet.Kernels.Cuda;

/// <summary>
/// There is no device to work on: no driver, one too old, no GPU, none of that index, or one too old.
/// </summary>
public sealed class GpuUnavailableException : GpuException
{
    /// <summary>With a default sentence.</summary>
    public GpuUnavailableException()
        : base("There is no GPU to work on.")
    {
    }

    /// <summary>With a sentence.</summary>
    public GpuUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public GpuUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The device has not that much memory left. Nothing was taken; the caller may go on with less.</summary>
public sealed class GpuOutOfMemoryException : GpuException
{
    /// <summary>With a default sentence.</summary>
    public GpuOutOfMemoryException()
        : base("The GPU is out of memory.")
    {
    }

    /// <summary>With a sentence.</summary>
    public GpuOutOfMemoryException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public GpuOutOfMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// The device, or this process's hold on it, is gone: every later call fails too, and its memory is lost.
/// </summary>
public sealed class GpuLostException : GpuException
{
    /// <summary>With a default sentence.</summary>
    public GpuLostException()
        : base("The GPU was lost.")
    {
    }

    /// <summary>With a sentence.</summary>
    public GpuLostException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public GpuLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// The device does not take a PTX module, or the module is not the one that this program was made for.
/// </summary>
public sealed class GpuModuleException : GpuException
{
    /// <summary>With a default sentence.</summary>
    public GpuModuleException()
        : base("The driver does not take the PTX.")
    {
    }

    /// <summary>With a sentence.</summary>
    public GpuModuleException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and its cause.</summary>
    public GpuModuleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What the driver's compiler wrote; the message carries it too.</summary>
    public string Log { get; init; } = "";
}
