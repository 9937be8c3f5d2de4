using System.Globalization;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUfunction. It lives as long as its module.</summary>
internal sealed unsafe class CudaKernel : IGpuKernel
{
    /// <summary>Most parameters that are passed: PTX allows 4 KiB of them, and none is under four bytes here.</summary>
    public const int MaxParameters = 1024;

    private readonly nint function;
    private int dynamicSharedBytes;

    /// <summary>Asks the driver about a function of a module.</summary>
    public CudaKernel(CudaContext context, CudaModuleHandle module, nint function, string name)
    {
        Context = context;
        this.function = function;
        Module = module;
        Name = name;
        StaticSharedBytes = Attribute(CudaFunctionAttribute.SharedBytes);
        MaxThreadsPerBlock = Attribute(CudaFunctionAttribute.MaxThreadsPerBlock);
        dynamicSharedBytes = Attribute(CudaFunctionAttribute.MaxDynamicSharedBytes);
        ParameterBytes = Context.Driver.HasParameterInfo ? Parameters() : null;
    }

    /// <summary>Where it is loaded.</summary>
    public CudaContext Context { get; }

    /// <summary>The module that it is in.</summary>
    public CudaModuleHandle Module { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int StaticSharedBytes { get; }

    /// <inheritdoc/>
    public int MaxThreadsPerBlock { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int>? ParameterBytes { get; }

    /// <summary>Starts it. Arguments go through the stack: nothing is allocated.</summary>
    public void Launch(in LaunchShape shape, CudaStreamHandle stream, ReadOnlySpan<KernelArgument> arguments)
    {
        ObjectDisposedException.ThrowIf(Module.IsClosed, this);
        Check(arguments);
        if (shape.DynamicSharedBytes > dynamicSharedBytes)
            Raise(shape.DynamicSharedBytes);
        var values = stackalloc ulong[arguments.Length];
        var addresses = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            // Little-endian: a shorter argument's bytes come first.
            values[i] = arguments[i].Bits;
            addresses[i] = &values[i];
        }
        var (grid, block) = (shape.Grid, shape.Block);
        Context.LastKernel = Name;
        Context.Check(
            Context.Driver.LaunchKernel(
                function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
                (uint)shape.DynamicSharedBytes, stream, addresses, null),
            $"cuLaunchKernel({Name}, grid {grid}, block {block}, {shape.DynamicSharedBytes} B of shared memory)");
    }

    private void Check(ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length > MaxParameters)
            throw new GpuException($"{Name} was given {arguments.Length} arguments; {MaxParameters} is the most.");
        if (ParameterBytes is not { } parameters)
            return;
        if (arguments.Length != parameters.Count)
            throw new GpuException(
                $"{Name} has {parameters.Count} parameters but was given {arguments.Length} arguments.");
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Bytes != parameters[i])
            {
                throw new GpuException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Argument {i} of {Name} has {arguments[i].Bytes} bytes, and the parameter has {parameters[i]}."));
            }
        }
    }

    // Beyond the usual limit (48 KiB) a kernel must ask.
    private void Raise(int bytes)
    {
        Context.Check(
            Context.Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, bytes),
            $"cuFuncSetAttribute({Name}, {bytes} bytes of dynamic shared memory)");
        dynamicSharedBytes = bytes;
    }

    private int Attribute(CudaFunctionAttribute attribute)
    {
        int value;
        Context.Check(
            Context.Driver.FuncGetAttribute(&value, attribute, function), $"cuFuncGetAttribute({Name}, {attribute})");
        return value;
    }

    private int[] Parameters()
    {
        var sizes = new List<int>();
        for (; ; )
        {
            nuint offset, bytes;
            var status = Context.Driver.FuncGetParamInfo(function, (nuint)sizes.Count, &offset, &bytes);
            if (status == CudaStatus.InvalidValue)
                return [.. sizes];
            Context.Check(status, $"cuFuncGetParamInfo({Name})");
            sizes.Add((int)bytes);
        }
    }
}
