using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace ZfNet.Kernels.Cuda.Managed;

/// <summary>PTX that the driver has compiled for the device.</summary>
internal sealed class ManagedModule : IGpuModule
{
    private readonly ManagedCudaRuntime runtime;
    private readonly CUmodule module;
    private readonly string name;
    private bool disposed;

    public ManagedModule(ManagedCudaRuntime runtime, PrimaryContext context, string name, ReadOnlySpan<byte> ptx)
    {
        const int LogBytes = 64 << 10;
        (this.runtime, this.name) = (runtime, name);
        var text = ptx.ToArray();
        using var options = new CudaJitOptionCollection();
        using var log = new CudaJOErrorLogBuffer(LogBytes);
        options.Add(log);
        try
        {
            module = runtime.Calls.Call($"cuModuleLoadDataEx({name})", () => context.LoadModulePTX(text, options));
        }
        catch (GpuException error) when (error is not GpuOutOfMemoryException and not GpuLostException)
        {
            options.UpdateValues();
            throw new GpuModuleException($"The NVIDIA driver does not take {name}: {error.Message}\n{log.Value}", error)
            {
                Log = log.Value,
            };
        }
    }

    /// <inheritdoc/>
    public IGpuKernel FindKernel(string name)
    {
        runtime.Enter();
        try
        {
            return new ManagedKernel(runtime, new CudaKernel(name, module));
        }
        catch (CudaException error) when (error.CudaError == CUResult.ErrorNotFound)
        {
            throw new GpuModuleException(
                $"{this.name} has no kernel {name}: it is stale, or of another version.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        _ = DriverAPINativeMethods.ModuleManagement.cuModuleUnload(module);
    }
}

/// <summary>A kernel of a module. It lives as long as its module.</summary>
internal sealed class ManagedKernel : IGpuKernel
{
    /// <summary>Where the driver does not tell the parameters, there may be so many.</summary>
    private const int MostParameters = 64;

    private readonly ManagedCudaRuntime runtime;
    private readonly CudaKernel kernel;
    // Pinned once: a launch allocates nothing.
    private readonly ulong[] values;
    private readonly nint[] addresses;

    public unsafe ManagedKernel(ManagedCudaRuntime runtime, CudaKernel kernel)
    {
        (this.runtime, this.kernel) = (runtime, kernel);
        ParameterBytes = Parameters(kernel);
        values = GC.AllocateArray<ulong>(ParameterBytes?.Count ?? MostParameters, pinned: true);
        addresses = new nint[values.Length];
        for (var i = 0; i < values.Length; i++)
            addresses[i] = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref values[i]);
    }

    /// <inheritdoc/>
    public string Name => kernel.KernelName;

    /// <inheritdoc/>
    public int StaticSharedBytes => kernel.SharedMemory;

    /// <inheritdoc/>
    public int MaxThreadsPerBlock => kernel.MaxThreadsPerBlock;

    /// <inheritdoc/>
    public IReadOnlyList<int>? ParameterBytes { get; }

    /// <summary>The runtime that it belongs to.</summary>
    public ManagedCudaRuntime Runtime => runtime;

    /// <summary>Starts it.</summary>
    public void Launch(in LaunchShape shape, ManagedStream stream, ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length > values.Length || ParameterBytes is { } told && arguments.Length != told.Count)
            throw new GpuException(
                $"{Name} has {values.Length} parameters but was given {arguments.Length} arguments.");
        for (var i = 0; i < arguments.Length; i++)
        {
            if (ParameterBytes is { } bytes && bytes[i] != arguments[i].Bytes)
                throw new GpuException(
                    $"Argument {i} of {Name} has {arguments[i].Bytes} bytes, and the parameter has {bytes[i]}.");
            values[i] = arguments[i].Bits;
        }
        if (shape.DynamicSharedBytes > kernel.MaxDynamicSharedSizeBytes)
            kernel.MaxDynamicSharedSizeBytes = shape.DynamicSharedBytes;
        var (grid, block) = (shape.Grid, shape.Block);
        runtime.Calls.LastKernel = Name;
        var result = DriverAPINativeMethods.Launch.cuLaunchKernel(
            kernel.CUFunction, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
            (uint)shape.DynamicSharedBytes, stream.Own.Stream, addresses, null);
        if (result != CUResult.Success)
            runtime.Calls.Check(result, $"cuLaunchKernel({Name}, grid {grid}, block {block})");
    }

    private static List<int>? Parameters(CudaKernel kernel)
    {
        var sizes = new List<int>();
        try
        {
            for (; ; )
                sizes.Add(kernel.GetParamInfo(sizes.Count).Item2);
        }
        catch (CudaException error) when (error.CudaError == CUResult.ErrorInvalidValue)
        {
            return sizes;
        }
        catch (EntryPointNotFoundException)
        {
            // A driver before CUDA 12.4.
            return null;
        }
    }
}
