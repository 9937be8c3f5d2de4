using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>A software GPU with a file of the corpus loaded: arrays go up, kernels run, arrays come down.</summary>
internal sealed unsafe class CorpusRun : IDisposable
{
    private static readonly ConcurrentDictionary<string, byte[]> Texts = new();

    private readonly IGpuModule module;
    private readonly List<DevicePointer> taken = [];

    public CorpusRun(string file, EmulatorChecks? checks = null)
    {
        Gpu = new SoftwareGpu(new SoftwareGpuOptions { Checks = checks ?? new EmulatorChecks { Throw = false } });
        var path = $"tests/Emulator/Corpus/{file}.ptx";
        module = Gpu.LoadModule(file, Texts.GetOrAdd(path, path => Encoding.ASCII.GetBytes(KernelPtx.Read(path))));
    }

    public SoftwareGpu Gpu { get; }

    /// <summary>Device memory with these values.</summary>
    public DevicePointer Upload<T>(params T[] values)
        where T : unmanaged
    {
        var pointer = Empty<T>(values.Length);
        fixed (T* source = values)
            Gpu.CopyToDevice(pointer, source, (long)values.Length * sizeof(T), Gpu.DefaultStream);
        return pointer;
    }

    /// <summary>Device memory that nobody has written.</summary>
    public DevicePointer Empty<T>(long count)
        where T : unmanaged
    {
        var pointer = Gpu.Allocate(Math.Max(count, 1) * sizeof(T));
        taken.Add(pointer);
        return pointer;
    }

    /// <summary>What device memory holds.</summary>
    public T[] Download<T>(DevicePointer source, long count)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* destination = values)
            Gpu.CopyToHost(destination, source, count * sizeof(T), Gpu.DefaultStream);
        return values;
    }

    /// <summary>Gives memory back before the end of the run.</summary>
    public void Free(DevicePointer pointer)
    {
        Gpu.Synchronize();
        Gpu.Free(pointer);
        taken.Remove(pointer);
    }

    public void Launch(string kernel, int blocks, int threads, params ReadOnlySpan<KernelArgument> arguments) =>
        Launch(kernel, new LaunchShape(new Extent(blocks), new Extent(threads)), arguments);

    public void Launch(string kernel, LaunchShape shape, params ReadOnlySpan<KernelArgument> arguments)
    {
        Gpu.Launch(module.FindKernel(kernel), shape, Gpu.DefaultStream, arguments);
        Gpu.DefaultStream.Synchronize();
    }

    /// <summary>Frees everything; then nothing may have been reported so far.</summary>
    public void AssertClean()
    {
        Dispose();
        Assert.That(Gpu.Reports.Select(report => report.Sentence), Is.Empty);
    }

    public void Dispose()
    {
        foreach (var pointer in taken)
            Gpu.Free(pointer);
        taken.Clear();
        module.Dispose();
        Gpu.Dispose();
    }
}
