using System.Globalization;
using System.Text;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Device;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator;

/// <summary>
/// A GPU in software: runs PTX on the CPU, with checks that a GPU does not make. Faults are thrown at the next wait
/// (and
/// when it is disposed), unless <see cref="EmulatorChecks.Throw"/> is off; <see cref="Reports"/> has them all.
/// </summary>
public sealed unsafe class SoftwareGpu : IGpuRuntime
{
    private readonly SoftwareGpuOptions options;
    private readonly FaultLog log;
    private readonly SoftwareStream defaultStream;
    private readonly HostAccess host;
    private readonly List<SoftwareModule> modules = [];
    private readonly GraphAllocations graphMemory = new();
    private SoftwareGemm? gemm;
    private long used;
    private int allocationNumber;
    private int launchNumber;
    private bool disposed;

    /// <summary>Makes one.</summary>
    public SoftwareGpu(SoftwareGpuOptions? options = null)
    {
        this.options = options ?? new();
        Description = this.options.Describe();
        log = new FaultLog(this.options.Checks.MaxReports);
        Space = new AddressSpace(this.options.Checks);
        defaultStream = new SoftwareStream(this);
        host = new HostAccess(Space, log, this.options.Checks);
    }

    /// <inheritdoc/>
    public GpuDescription Description { get; }

    /// <inheritdoc/>
    public long FreeMemory => Description.TotalMemory - used;

    /// <inheritdoc/>
    public long KeptMemory => graphMemory.Bytes;

    /// <inheritdoc/>
    public IGpuStream DefaultStream => defaultStream;

    /// <summary>Every fault so far.</summary>
    public IReadOnlyList<EmulatorReport> Reports => log.All;

    /// <summary>Instructions run so far, counted by lanes.</summary>
    public long LaneInstructions { get; private set; }

    /// <summary>Told the name of each kernel that runs.</summary>
    public Action<string>? Launched { get; init; }

    internal AddressSpace Space { get; }

    internal ITrace? Trace { get; set; }

    /// <inheritdoc/>
    public DevicePointer Allocate(long bytes)
    {
        ThrowIfDisposed();
        if (bytes < 1)
            throw new GpuException($"Allocate was asked for {bytes} bytes; at least 1 can be had.");
        var rounded = bytes > long.MaxValue - 255 ? long.MaxValue : (bytes + 255) & ~255L;
        if (rounded > FreeMemory)
        {
            throw new GpuOutOfMemoryException(string.Create(
                CultureInfo.InvariantCulture,
                $"Allocate was asked for {bytes} bytes; {FreeMemory} of {Description.TotalMemory} bytes are free."));
        }
        used += rounded;
        var allocation = Space.Add($"allocation {++allocationNumber}", bytes);
        graphMemory.Taken(allocation);
        return new(allocation.Address);
    }

    /// <inheritdoc/>
    public void Free(DevicePointer pointer)
    {
        ThrowIfDisposed();
        var allocation = Space.AtOrBefore(pointer.Address);
        if (allocation is null || allocation.Address != pointer.Address
            || modules.Any(module => module.Owns(allocation)))
            throw new GpuException($"Free was given {pointer}, where no allocation starts.");
        if (allocation.IsFreed || graphMemory.Keeps(allocation))
        {
            var sentence =
                $"{CheckKind.DoubleFree}: {allocation.Name} ({allocation.OriginalBytes} bytes at {pointer}) is given back twice.";
            if (!options.Checks.DoubleFree)
                throw new GpuException(sentence);
            log.Add(new EmulatorReport
            {
                Kind = CheckKind.DoubleFree,
                Sentence = sentence,
                Address = pointer.Address,
                Allocation = new(allocation.Name, allocation.OriginalBytes, 0),
            });
            return;
        }
        if (!graphMemory.Keep(allocation))
            GiveBack(allocation);
    }

    /// <inheritdoc/>
    public void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream)
    {
        var queue = Use(stream);
        if (queue.Capture is null)
        {
            host.Write(destination, source, bytes);
            return;
        }
        var copy = new ReadOnlySpan<byte>(source, checked((int)bytes)).ToArray();
        queue.Do(() =>
        {
            fixed (byte* from = copy)
                host.Write(destination, from, copy.Length);
        });
    }

    /// <inheritdoc/>
    public void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream)
    {
        Use(stream).ThrowIfCapturing("CopyToHost");
        host.Read(destination, source, bytes);
        ThrowFaults();
    }

    /// <inheritdoc/>
    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream) =>
        Use(stream).Do(() => host.Copy(destination, source, bytes));

    /// <inheritdoc/>
    public void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream) =>
        Use(stream).Do(() => host.Fill(destination, value, bytes));

    /// <inheritdoc/>
    public IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx)
    {
        ThrowIfDisposed();
        PtxModule parsed;
        try
        {
            parsed = PtxParser.Parse(name, Encoding.ASCII.GetString(ptx));
        }
        catch (PtxException why)
        {
            throw new GpuModuleException(why.Message, why);
        }
        var capability = Description.ComputeCapability;
        if (TargetOf(parsed) > (capability.Major * 10) + capability.Minor)
            throw new GpuModuleException(
                $"Module {name} is for {parsed.Target}; the device has compute capability {capability}.");
        var module = new SoftwareModule(this, parsed);
        modules.Add(module);
        return module;
    }

    /// <inheritdoc/>
    public void Launch(
        IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments)
    {
        var queue = Use(stream);
        var owned = Own<SoftwareKernel>(kernel, "kernel");
        if (owned.Module.Gpu != this)
            throw new GpuException($"Kernel {kernel.Name} belongs to another device.");
        ObjectDisposedException.ThrowIf(owned.Module.IsDisposed, owned.Module);
        var parameters = LaunchArguments.LayOut(owned.Code, arguments);
        if (LaunchArguments.Refusal(owned, shape, Description) is { } refusal)
        {
            log.Refuse(new EmulatorReport
            {
                Kind = CheckKind.LaunchLimit,
                Sentence = refusal,
                Kernel = kernel.Name,
                Module = owned.Code.Module,
            });
            if (options.Checks.Throw)
                throw new EmulatorFaultException([log.All[^1]]);
            return;
        }
        queue.Do(() =>
        {
            Launched?.Invoke(kernel.Name);
            Run(owned.Code, shape, parameters);
        });
    }

    /// <inheritdoc/>
    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream)
    {
        var queue = Use(stream);
        SoftwareGemm.ThrowIfImpossible(shape);
        gemm ??= new SoftwareGemm(host, options.Workers);
        var product = shape;
        queue.Do(() => gemm.Run(product, a, b, c));
    }

    /// <inheritdoc/>
    public IGpuStream CreateStream()
    {
        ThrowIfDisposed();
        return new SoftwareStream(this);
    }

    /// <inheritdoc/>
    public IGpuEvent CreateEvent()
    {
        ThrowIfDisposed();
        return new SoftwareEvent(this);
    }

    /// <inheritdoc/>
    public void Synchronize() => defaultStream.Synchronize();

    /// <summary>Gives everything back. What is still allocated is reported as a leak.</summary>
    /// <exception cref="EmulatorFaultException">There are leaks, or faults that nobody waited for.</exception>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        foreach (var module in modules)
            module.Dispose();
        if (options.Checks.Leaks)
        {
            foreach (var allocation in Space.Live.Where(allocation => !graphMemory.Keeps(allocation)))
            {
                log.Add(new EmulatorReport
                {
                    Kind = CheckKind.Leak,
                    Sentence =
                        $"{CheckKind.Leak}: {allocation.Name} ({allocation.Bytes} bytes at 0x{allocation.Address:x}) was never given back.",
                    Address = allocation.Address,
                    Allocation = new(allocation.Name, allocation.Bytes, 0),
                });
            }
        }
        Space.Dispose();
        gemm?.Dispose();
        ThrowFaults();
    }

    /// <summary>Throws what was found since the last wait.</summary>
    internal void ThrowFaults()
    {
        var faults = log.TakePending();
        if (faults.Count > 0 && options.Checks.Throw)
            throw new EmulatorFaultException(faults);
    }

    /// <summary>A capture has begun: memory belongs to its graph.</summary>
    internal void BeginCapture(Capture capture) => graphMemory.Begin(capture);

    /// <summary>A capture has ended.</summary>
    internal void EndCapture() => graphMemory.End();

    /// <summary>A graph is gone, or a capture that became none.</summary>
    internal void Release(Capture capture)
    {
        foreach (var allocation in graphMemory.Release(capture))
            GiveBack(allocation);
    }

    /// <summary>A stream of this device that is in use.</summary>
    internal SoftwareStream Use(IGpuStream stream)
    {
        ThrowIfDisposed();
        var owned = Own<SoftwareStream>(stream, "stream");
        return owned.Gpu == this ? owned : throw new GpuException("The stream belongs to another device.");
    }

    /// <summary>What a software GPU made.</summary>
    internal static T Own<T>(object thing, string what)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(thing);
        return thing as T ?? throw new GpuException($"The {what} does not belong to a software GPU.");
    }

    private void Run(KernelCode code, LaunchShape shape, byte[] parameters)
    {
        var launch = new Launch
        {
            Code = code,
            Shape = shape,
            Parameters = parameters,
            Checks = options.Checks,
            Log = log,
            Space = Space,
            Number = ++launchNumber,
            Multiprocessors = options.Multiprocessors,
            Workers = Trace is null ? Math.Max(1, options.Workers) : 1,
            Trace = Trace,
        };
        launch.Run();
        LaneInstructions += launch.LaneSteps;
    }

    private void GiveBack(Allocation allocation)
    {
        if (disposed)
            return;
        used -= (allocation.Bytes + 255) & ~255L;
        Space.Remove(allocation);
    }

    private static int TargetOf(PtxModule module)
    {
        var digits = new string([.. module.Target.SkipWhile(letter => !char.IsDigit(letter)).TakeWhile(char.IsDigit)]);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var target) ? target : 0;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);
}
