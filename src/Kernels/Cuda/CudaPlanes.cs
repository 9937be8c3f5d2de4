namespace ZfNet.Kernels.Cuda;

/// <summary>Launches over planes: the other half of <c>kernels/planes.cuh</c>.</summary>
internal static class CudaPlanes
{
    private const int Threads = 256; // kPlaneThreads

    /// <summary>Launches a kernel over all elements of <paramref name="planes"/> planes; nothing for none.</summary>
    public static void LaunchPlanes(
        this CudaKernels kernels, KernelSignature signature, long planes, long size, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        if (planes == 0 || size == 0)
            return;
        kernels.Launch(signature, Shape(planes, size, kernels.MaxBlocks), stream, arguments);
    }

    /// <summary>
    /// Launches a kernel over all elements of <paramref name="batch"/> times <paramref name="channels"/> planes, blocks
    /// along z counting samples; nothing for none.
    /// </summary>
    public static void LaunchPlanes(
        this CudaKernels kernels, KernelSignature signature, long batch, int channels, long size, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        if (batch == 0 || channels == 0 || size == 0)
            return;
        var shape = Shape(channels, size, kernels.MaxBlocks);
        var grid = kernels.Grid(shape.Grid.X, shape.Grid.Y, batch);
        kernels.Launch(signature, shape with { Grid = grid }, stream, arguments);
    }

    /// <summary>Elements of a plane (or planes of a batch), when kernels can count them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are 2^31 or more.</exception>
    public static int Size(string op, long height, long width)
    {
        if (height * width > int.MaxValue)
            ThrowTooLarge(op, height, width);
        return (int)(height * width);
    }

    /// <summary>
    /// Blocks as long as leaves few threads idle at the end of a plane, of several planes where a plane is small; first
    /// enough of them for one plane, then for more planes.
    /// </summary>
    internal static LaunchShape Shape(long planes, long size, int maxBlocks)
    {
        // A long block, unless it leaves an eighth more threads idle than a short one.
        var length = Threads;
        while (Rounded(size, length) * 8 > Rounded(size, 32) * 9)
            length /= 2;
        var height = 1;
        while (height < Threads / length && height < planes)
            height *= 2;
        var along = (int)Math.Min((size - 1) / length + 1, maxBlocks);
        var across = (int)Math.Clamp((planes - 1) / height + 1, 1, Math.Clamp(maxBlocks / along, 1, 65535));
        return new LaunchShape(new Extent(along, across), new Extent(length, height));
    }

    private static long Rounded(long size, int length) => (size + length - 1) / length * length;

    private static void ThrowTooLarge(string op, long height, long width) =>
        // Without a parameter name, so that the message is the sentence and no more.
        throw new ArgumentOutOfRangeException(
            $"{op}: {height} x {width} is more than the {int.MaxValue} elements that the GPU's kernels count.",
            innerException: null);
}
