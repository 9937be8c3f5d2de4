using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Device;

/// <summary>What is checked before a launch.</summary>
internal static class LaunchArguments
{
    /// <summary>Lays arguments out as the kernel reads them.</summary>
    /// <exception cref="GpuException">Their number or sizes are not the kernel's.</exception>
    public static byte[] LayOut(KernelCode code, ReadOnlySpan<KernelArgument> arguments)
    {
        var parameters = code.Parameters;
        if (arguments.Length != parameters.Length)
        {
            throw new GpuException(
                $"Kernel {code.Name} takes {Count(parameters.Length, "argument")}, {Were(arguments.Length)} given.");
        }
        var laidOut = GC.AllocateArray<byte>(Math.Max(8, code.ParameterBytes), pinned: true);
        for (var i = 0; i < parameters.Length; i++)
        {
            var (name, offset, bytes) = parameters[i];
            // Small integers travel in four bytes.
            if (arguments[i].Bytes != bytes && !(bytes < 4 && arguments[i].Bytes == 4))
            {
                throw new GpuException(
                    $"Argument {i + 1} of kernel {code.Name} ({name}) has {Count(bytes, "byte")}, {Were(arguments[i].Bytes)} given.");
            }
            var bits = arguments[i].Bits;
            for (var b = 0; b < bytes; b++)
                laidOut[offset + b] = (byte)(bits >> (8 * b));
        }
        return laidOut;
    }

    /// <summary>Why the device would refuse a launch, or null.</summary>
    public static string? Refusal(SoftwareKernel kernel, LaunchShape shape, GpuDescription device)
    {
        var start = $"LaunchLimit: kernel {kernel.Name} cannot be launched with";
        if (!Fits(shape.Grid, device.MaxGrid))
            return $"{start} a grid of {shape.Grid} blocks; a grid has from (1, 1, 1) to {device.MaxGrid}.";
        if (!Fits(shape.Block, device.MaxBlock))
            return $"{start} blocks of {shape.Block} threads; a block has from (1, 1, 1) to {device.MaxBlock}.";
        if (kernel.RequiredBlock is { } required && required != shape.Block)
            return $"{start} blocks of {shape.Block} threads; its PTX requires {required}.";
        if (shape.Block.Count > kernel.MaxThreadsPerBlock)
            return $"{start} {shape.Block.Count} threads a block; it takes {kernel.MaxThreadsPerBlock} at most.";
        var shared = (long)kernel.StaticSharedBytes + shape.DynamicSharedBytes;
        if (shape.DynamicSharedBytes < 0 || shared > device.MaxSharedBytesPerBlock)
        {
            return $"{start} {shape.DynamicSharedBytes} bytes of dynamic shared memory besides its {kernel.StaticSharedBytes}; "
                + $"a block has {device.MaxSharedBytesPerBlock}.";
        }
        return null;
    }

    private static bool Fits(Extent size, Extent limit) =>
        size is { X: > 0, Y: > 0, Z: > 0 } && size.X <= limit.X && size.Y <= limit.Y && size.Z <= limit.Z;

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Were(int count) => count == 1 ? "1 was" : $"{count} were";
}
