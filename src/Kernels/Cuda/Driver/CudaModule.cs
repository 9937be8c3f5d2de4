using System.Runtime.InteropServices;
using System.Text;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>PTX that the driver has compiled for the device.</summary>
internal sealed unsafe class CudaModule : IGpuModule
{
    private const int LogBytes = 64 << 10;

    private readonly CudaContext context;
    private readonly string name;

    private CudaModule(CudaContext context, string name, nint module, string log)
    {
        this.context = context;
        this.name = name;
        Handle = new CudaModuleHandle(context.Handle, module);
        Log = log;
    }

    /// <summary>Its handle.</summary>
    public CudaModuleHandle Handle { get; }

    /// <summary>
    /// What the driver's compiler said about it: registers and spills of each kernel, where it compiled anew.
    /// </summary>
    public string Log { get; }

    /// <summary>Has the driver compile PTX.</summary>
    /// <exception cref="GpuModuleException">It does not.</exception>
    public static CudaModule Load(
        CudaContext context, string name, ReadOnlySpan<byte> ptx, Version driver, Version capability)
    {
        // The driver reads up to a zero.
        var text = new byte[ptx.Length + 1];
        ptx.CopyTo(text);
        var info = new byte[LogBytes];
        var errors = new byte[LogBytes];
        nint module;
        CudaStatus status;
        fixed (byte* image = text, infoLog = info, errorLog = errors)
        {
            const int Options = 5;
            var options = stackalloc CudaJitOption[Options]
            {
                CudaJitOption.InfoLogBuffer, CudaJitOption.InfoLogBufferBytes, CudaJitOption.ErrorLogBuffer,
                CudaJitOption.ErrorLogBufferBytes, CudaJitOption.LogVerbose,
            };
            var room = (void*)(LogBytes - 1);
            var values = stackalloc void*[Options] { infoLog, room, errorLog, room, (void*)1 };
            status = context.Driver.ModuleLoadDataEx(&module, image, Options, options, values);
        }
        if (status == CudaStatus.Success)
            return new CudaModule(context, name, module, Text(info));
        var log = string.Join("\n", new[] { Text(errors), Text(info) }.Where(part => part.Length > 0));
        if (status == CudaStatus.OutOfMemory || status.IsLost())
            context.Check(status, $"cuModuleLoadDataEx({name})");
        var sentence = Sentence(context, name, PtxHeader.Read(ptx), status, driver, capability);
        throw new GpuModuleException(log.Length > 0 ? $"{sentence}\n{log}" : sentence) { Log = log };
    }

    /// <inheritdoc/>
    public IGpuKernel FindKernel(string name)
    {
        context.Enter();
        nint function;
        CudaStatus status;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            status = context.Driver.ModuleGetFunction(&function, Handle, text);
        if (status == CudaStatus.NotFound)
            throw new GpuModuleException($"{this.name} has no kernel {name}: it is stale, or of another version.");
        context.Check(status, $"cuModuleGetFunction({name})");
        return new CudaKernel(context, Handle, function, name);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static string Sentence(
        CudaContext context, string name, PtxHeader ptx, CudaStatus status, Version driver, Version capability)
    {
        var call = $"cuModuleLoadDataEx({name}) failed: {CudaNames.Of(context.Driver, status)}";
        return status switch
        {
            CudaStatus.UnsupportedPtxVersion =>
                $"The NVIDIA driver is too old for {name}: that is PTX {ptx.Version}, which needs a driver of "
                + $"{(ptx.Cuda is null ? "a newer CUDA" : $"CUDA {ptx.Cuda}")}, and this one is of CUDA {driver}. "
                + $"Update the driver. ({call}.)",
            CudaStatus.NoBinaryForGpu =>
                $"{name} is made for {ptx.Target} and does not run on this GPU of compute capability {capability}. "
                + $"({call}.)",
            CudaStatus.JitCompilerNotFound =>
                $"The NVIDIA driver's PTX compiler (libnvidia-ptxjitcompiler) is not installed; {name} needs it. "
                + $"({call}.)",
            CudaStatus.InvalidPtx => $"The NVIDIA driver's compiler refuses {name}. ({call}.)",
            _ => $"{call}, {CudaNames.Description(context.Driver, status)}.",
        };
    }

    private static string Text(byte[] log)
    {
        fixed (byte* start = log)
            return (Marshal.PtrToStringUTF8((nint)start) ?? "").Trim();
    }
}
