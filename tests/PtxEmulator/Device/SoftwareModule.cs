using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Decoding;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Device;

/// <summary>
/// A loaded module: its variables lie in device memory, its kernels are decoded when they are looked up.
/// </summary>
internal sealed class SoftwareModule : IGpuModule
{
    private readonly SoftwareGpu gpu;
    private readonly PtxModule module;
    private readonly Dictionary<string, (ulong Address, PtxVariable Variable)> variables = [];
    private readonly List<Allocation> allocations = [];
    private readonly Dictionary<string, SoftwareKernel> kernels = [];

    public unsafe SoftwareModule(SoftwareGpu gpu, PtxModule module)
    {
        this.gpu = gpu;
        this.module = module;
        foreach (var variable in module.Variables)
        {
            if (variable.Space is not (PtxSpace.Global or PtxSpace.Const))
                continue;
            if (variable.IsExtern)
                throw new GpuException(
                    $"{module.Name}:{variable.Line}: \"{variable.Name}\" is declared .extern, and no other module defines it.");
            var allocation = gpu.Space.Add(
                variable.Name, Math.Max(1, variable.Bytes), variable.Space == PtxSpace.Const);
            new Span<byte>(allocation.Host, (int)allocation.Bytes).Clear();
            variable.Initial.Span.CopyTo(new Span<byte>(allocation.Host, (int)allocation.Bytes));
            allocation.MarkWritten(0, allocation.Bytes);
            allocations.Add(allocation);
            variables.Add(variable.Name, (allocation.Address, variable));
        }
    }

    /// <summary>Whether it has been given back.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>The device.</summary>
    public SoftwareGpu Gpu => gpu;

    public IGpuKernel FindKernel(string name)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (kernels.TryGetValue(name, out var kernel))
            return kernel;
        var entry = module.Functions.FirstOrDefault(function => function.IsEntry && function.Name == name)
            ?? throw new GpuModuleException($"Module {module.Name} has no kernel \"{name}\".");
        try
        {
            kernel = new SoftwareKernel(this, KernelDecoder.Decode(module, entry, variables), entry);
        }
        catch (PtxException why)
        {
            throw new GpuModuleException(why.Message, why);
        }
        kernels.Add(name, kernel);
        return kernel;
    }

    /// <summary>Whether an allocation is one of its variables.</summary>
    public bool Owns(Allocation allocation) => allocations.Contains(allocation);

    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        foreach (var allocation in allocations)
            gpu.Space.Remove(allocation);
    }
}

/// <summary>A kernel of a loaded module.</summary>
internal sealed class SoftwareKernel(SoftwareModule module, KernelCode code, PtxFunction entry) : IGpuKernel
{
    public string Name => code.Name;

    public int StaticSharedBytes => code.Shared.StaticBytes;

    public int MaxThreadsPerBlock =>
        Math.Min(code.MaxThreads ?? int.MaxValue, module.Gpu.Description.MaxThreadsPerBlock);

    public IReadOnlyList<int> ParameterBytes { get; } = [.. code.Parameters.Select(parameter => parameter.Bytes)];

    /// <summary>The module.</summary>
    public SoftwareModule Module => module;

    /// <summary>The kernel, decoded.</summary>
    public KernelCode Code => code;

    /// <summary>The only block shape that it may have, or null.</summary>
    public Extent? RequiredBlock => entry.RequiredBlock is { } block ? new(block.X, block.Y, block.Z) : null;
}
