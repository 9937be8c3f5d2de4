using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>A software GPU with buffers and kernels written by hand, that collects reports instead of throwing them.</summary>
internal sealed class EmulatorRun : IDisposable
{
    private readonly Dictionary<string, IGpuKernel> kernels = [];
    private readonly List<DevicePointer> buffers = [];

    public EmulatorRun(EmulatorChecks? checks = null, int workers = 1, Version? capability = null)
    {
        Gpu = new SoftwareGpu(new()
        {
            Checks = (checks ?? EmulatorChecks.All) with { Throw = false },
            Workers = workers,
            ComputeCapability = capability ?? new(9, 0),
        });
    }

    public SoftwareGpu Gpu { get; }

    public IReadOnlyList<EmulatorReport> Reports => Gpu.Reports;

    /// <summary>A module whose kernels take 64-bit pointers p0, p1, ... and then 32-bit numbers n0, n1, ...</summary>
    public static string Module(string name, int pointers, int numbers, string body, string before = "")
    {
        var parameters = Enumerable.Range(0, pointers).Select(i => $".param .u64 p{i}")
            .Concat(Enumerable.Range(0, numbers).Select(i => $".param .u32 n{i}"));
        var loads = Enumerable.Range(0, pointers).Select(i => $"ld.param.u64 %p{i}_, [p{i}];")
            .Concat(Enumerable.Range(0, numbers).Select(i => $"ld.param.u32 %n{i}_, [n{i}];"));
        var pointerRegisters = string.Concat(Enumerable.Range(0, pointers).Select(i => $".reg .b64 %p{i}_;"));
        var numberRegisters = string.Concat(Enumerable.Range(0, numbers).Select(i => $".reg .b32 %n{i}_;"));
        return $$"""
            .version 7.8
            .target sm_75
            .address_size 64
            {{before}}
            .visible .entry {{name}}({{string.Join(", ", parameters)}})
            {
            .reg .pred %q<10>; .reg .b16 %h<10>; .reg .b32 %r<40>; .reg .f32 %f<20>; .reg .b64 %d<40>; .reg .f64 %g<10>;
            {{pointerRegisters}} {{numberRegisters}}
            {{string.Join(" ", loads)}}
            {{body}}
            }
            """;
    }

    /// <summary>Loads a module's kernel.</summary>
    public IGpuKernel Load(string ptx, string kernel = "k")
    {
        var module = Gpu.LoadModule("test.ptx", Encoding.ASCII.GetBytes(ptx));
        return kernels[kernel] = module.FindKernel(kernel);
    }

    /// <summary>Loads and launches one block or more and waits.</summary>
    public void Run(string ptx, LaunchShape shape, params KernelArgument[] arguments)
    {
        Gpu.Launch(Load(ptx), shape, Gpu.DefaultStream, arguments);
        Gpu.Synchronize();
    }

    /// <summary>A buffer that nobody has written.</summary>
    public DevicePointer Empty(long bytes)
    {
        var pointer = Gpu.Allocate(bytes);
        buffers.Add(pointer);
        return pointer;
    }

    /// <summary>A buffer of values.</summary>
    public unsafe DevicePointer Buffer<T>(params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var pointer = Empty(Math.Max(1, values.Length * sizeof(T)));
        fixed (T* from = values)
            Gpu.CopyToDevice(pointer, from, values.Length * sizeof(T), Gpu.DefaultStream);
        return pointer;
    }

    /// <summary>A buffer of zeros.</summary>
    public DevicePointer Zeros(long bytes)
    {
        var pointer = Empty(bytes);
        Gpu.Fill(pointer, 0, bytes, Gpu.DefaultStream);
        return pointer;
    }

    /// <summary>What a buffer holds.</summary>
    public unsafe T[] Read<T>(DevicePointer pointer, int count)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* to = values)
            Gpu.CopyToHost(to, pointer, MemoryMarshal.AsBytes(values.AsSpan()).Length, Gpu.DefaultStream);
        return values;
    }

    /// <summary>The one report there is, of a kind, at the line that holds a text.</summary>
    public EmulatorReport Only(CheckKind kind, string ptx, string text)
    {
        Assert.That(Reports, Has.Count.EqualTo(1), string.Join("\n", Reports));
        var report = Reports[0];
        Assert.That(report.Kind, Is.EqualTo(kind), report.Sentence);
        Assert.That(report.PtxLine, Is.EqualTo(LineOf(ptx, text)), report.Sentence);
        return report;
    }

    /// <summary>Asserts that nothing was reported.</summary>
    public void AssertClean() => Assert.That(Reports.Select(report => report.Sentence), Is.Empty);

    /// <summary>The line, from 1, that a comment marks.</summary>
    public static int LineOf(string ptx, string text)
    {
        var lines = ptx.Split('\n');
        var index = Array.FindIndex(lines, line => line.Contains(text, StringComparison.Ordinal));
        Assert.That(index, Is.GreaterThanOrEqualTo(0), text);
        return index + 1;
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            Gpu.Free(buffer);
        Gpu.Dispose();
    }
}
