using System.Runtime.InteropServices;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>Modules and launches of the fake driver.</summary>
internal sealed unsafe partial class FakeDriver
{
    private readonly Dictionary<nint, FakeKernel> functions = [];

    /// <summary>The kernels that every module has.</summary>
    public List<FakeKernel> Kernels { get; } = [];

    /// <summary>What the compiler writes.</summary>
    public string ErrorLog { get; set; } = "";

    public string InfoLog { get; set; } = "";

    /// <summary>The text that was loaded last, up to its zero.</summary>
    public string? Loaded { get; private set; }

    /// <summary>Launches so far.</summary>
    public List<FakeLaunch> Launches { get; } = [];

    /// <summary>Launches are counted and nothing else, so that the fake allocates nothing.</summary>
    public bool OnlyCounts { get; set; }

    public int Counted { get; private set; }

    public CudaStatus ModuleLoadDataEx(
        nint* module, void* image, uint optionCount, CudaJitOption* options, void** values)
    {
        Loaded = Marshal.PtrToStringUTF8((nint)image);
        Log(CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferBytes, ErrorLog);
        Log(CudaJitOption.InfoLogBuffer, CudaJitOption.InfoLogBufferBytes, InfoLog);
        return Create("module", module, "ModuleLoadDataEx");

        void* Option(CudaJitOption option)
        {
            var index = new ReadOnlySpan<CudaJitOption>(options, (int)optionCount).IndexOf(option);
            return index < 0 ? null : values[index];
        }

        void Log(CudaJitOption buffer, CudaJitOption bytes, string text)
        {
            var room = new Span<byte>(Option(buffer), (int)(nint)Option(bytes));
            System.Text.Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, room.Length - 1)), room);
        }
    }

    public CudaStatus ModuleUnload(nint module) => Destroy("module", module, "ModuleUnload");

    public CudaStatus ModuleGetFunction(nint* function, CudaModuleHandle module, byte* name)
    {
        *function = 0;
        var text = Marshal.PtrToStringUTF8((nint)name)!;
        var status = Call($"ModuleGetFunction({text})");
        if (status != CudaStatus.Success)
            return status;
        if (Kernels.Find(kernel => kernel.Name == text) is not { } found)
            return CudaStatus.NotFound;
        *function = nextHandle += 8;
        functions[*function] = found;
        return status;
    }

    public CudaStatus FuncGetAttribute(int* value, CudaFunctionAttribute attribute, nint function)
    {
        *value = attribute switch
        {
            CudaFunctionAttribute.SharedBytes => functions[function].SharedBytes,
            CudaFunctionAttribute.MaxDynamicSharedBytes => (48 << 10) - functions[function].SharedBytes,
            _ => 256,
        };
        return Call($"FuncGetAttribute({attribute})");
    }

    public CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        Call($"FuncSetAttribute({attribute}, {value})");

    public CudaStatus FuncGetParamInfo(nint function, nuint index, nuint* offset, nuint* bytes)
    {
        var status = Call("FuncGetParamInfo");
        if (status != CudaStatus.Success)
            return status;
        var parameters = functions[function].Parameters;
        if ((int)index >= parameters.Length)
            return CudaStatus.InvalidValue;
        *offset = 0;
        *bytes = (nuint)parameters[(int)index];
        return CudaStatus.Success;
    }

    public CudaStatus LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        CudaStreamHandle stream, void** parameters, void** extra)
    {
        if (OnlyCounts)
        {
            Counted++;
            return CudaStatus.Success;
        }
        return WriteDown(
            functions[function], [gridX, gridY, gridZ], [blockX, blockY, blockZ], sharedBytes, stream, parameters);
    }

    private CudaStatus WriteDown(
        FakeKernel kernel, uint[] grid, uint[] block, uint sharedBytes, CudaStreamHandle stream, void** parameters)
    {
        // The driver reads as many bytes as the kernel's parameters have.
        var arguments = kernel.Parameters
            .Select((bytes, i) => new ReadOnlySpan<byte>(parameters[i], bytes).ToArray()).ToArray();
        Launches.Add(new FakeLaunch(
            kernel.Name, grid, block, sharedBytes, stream.DangerousGetHandle(), arguments));
        if (kernel.Run is { } run)
            Enqueue(stream, () => run(arguments));
        return Call("LaunchKernel");
    }
}

/// <summary>A kernel of the fake driver.</summary>
/// <param name="Name">Its entry.</param>
/// <param name="Parameters">Bytes of each parameter.</param>
internal sealed record FakeKernel(string Name, params int[] Parameters)
{
    public int SharedBytes { get; init; }

    public Action<byte[][]>? Run { get; init; }
}

/// <summary>A launch as the driver saw it.</summary>
internal sealed record FakeLaunch(
    string Kernel, uint[] Grid, uint[] Block, uint SharedBytes, nint Stream, byte[][] Arguments);
