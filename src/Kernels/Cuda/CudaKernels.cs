using System.Reflection;

namespace ZfNet.Kernels.Cuda;

/// <summary>
/// The kernels of <c>kernels.cu</c>, loaded into a device: the PTX embedded in this assembly, and each entry found by
/// its signature. Launches say how much work there is; the grid follows from it.
/// </summary>
internal sealed class CudaKernels : IDisposable
{
    private const string Resource = "kernels.ptx";

    private readonly IGpuModule module;
    private readonly Dictionary<KernelSignature, IGpuKernel> kernels = [];

    /// <summary>Loads the PTX and finds every kernel.</summary>
    /// <exception cref="GpuModuleException">
    /// The device does not take the PTX, or it lacks a kernel or has another one of that name.
    /// </exception>
    public CudaKernels(IGpuRuntime runtime)
        : this(runtime, Ptx())
    {
    }

    /// <summary>The same with another PTX than the committed one.</summary>
    public CudaKernels(IGpuRuntime runtime, ReadOnlySpan<byte> ptx)
    {
        Runtime = runtime;
        MaxBlocks = runtime.Description.Multiprocessors * 32;
        module = runtime.LoadModule(Resource, ptx);
        try
        {
            foreach (var signature in Signatures)
            {
                var kernel = module.FindKernel(signature.Name);
                if (!signature.Fits(kernel))
                    throw new GpuModuleException($"{Resource} is stale: its {signature.Name} takes other parameters.");
                kernels.Add(signature, kernel);
            }
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>The kernels that launch code knows; a test compares them with the PTX.</summary>
    public static IEnumerable<KernelSignature> Signatures =>
    [
        .. CudaElementwise.Signatures,
        .. CudaReLU.Signatures,
        .. CudaPool2d.Signatures,
        .. CudaMaxUnpool2d.Signatures,
        .. CudaUpsampleBilinear2d.Signatures,
        .. CudaLocalResponseNorm.Signatures,
        .. CudaRandom.Signatures,
        .. CudaPreprocess.Signatures,
        .. CudaRenormalise.Signatures,
        .. CudaBias.Signatures,
        .. CudaChannelSum.Signatures,
        .. CudaCopy.Signatures,
        .. CudaCrossEntropy.Signatures,
        .. CudaIm2Col.Signatures,
        .. CudaSgd.Signatures,
        .. CudaSoftmax.Signatures,
        .. CudaSum.Signatures,
        .. CudaTiledGemm.Signatures,
    ];

    /// <summary>Where they are loaded.</summary>
    public IGpuRuntime Runtime { get; }

    /// <summary>
    /// Most blocks that a launch over elements takes; each thread does what is left in strides of the grid.
    /// </summary>
    public int MaxBlocks { get; set; }

    /// <summary>The committed PTX.</summary>
    public static unsafe ReadOnlySpan<byte> Ptx()
    {
        // Resources of a loaded assembly stay where they are.
        var stream = (UnmanagedMemoryStream)(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}."));
        return new ReadOnlySpan<byte>(stream.PositionPointer, checked((int)stream.Length));
    }

    /// <summary>
    /// Launches a kernel over <paramref name="count"/> elements, of which a thread takes a few at a time; nothing for
    /// none.
    /// </summary>
    public void LaunchMap(
        KernelSignature signature, long count, int perThread, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        const int Threads = 256; // kMapThreads of kernels/map.cuh
        if (count == 0)
            return;
        var blocks = Math.Clamp((count - 1) / ((long)Threads * perThread) + 1, 1, MaxBlocks);
        Launch(signature, new LaunchShape(new Extent((int)blocks), new Extent(Threads)), stream, arguments);
    }

    /// <summary>
    /// Launches a kernel whose blocks of 256 threads take items along x, y and z between them; nothing for none.
    /// </summary>
    public void LaunchBlocks(
        KernelSignature signature, long x, long y, long z, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        const int Threads = 256; // kReduceThreads of kernels/reduce.cuh, kGemmThreads of kernels/gemm.cuh
        if (x == 0 || y == 0 || z == 0)
            return;
        Launch(signature, new LaunchShape(Grid(x, y, z), new Extent(Threads)), stream, arguments);
    }

    /// <summary>
    /// At most <see cref="MaxBlocks"/> blocks for work along x, y and z: first along x, then y, then z.
    /// </summary>
    public Extent Grid(long x, long y, long z)
    {
        const int Most = 65535; // along y and z
        var along = (int)Math.Min(x, MaxBlocks);
        var down = (int)Math.Min(Math.Min(y, Most), Math.Max(MaxBlocks / along, 1));
        var deep = (int)Math.Min(Math.Min(z, Most), Math.Max(MaxBlocks / along / down, 1));
        return new Extent(along, down, deep);
    }

    /// <summary>Launches a kernel.</summary>
    public void Launch(
        KernelSignature signature, LaunchShape shape, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments) =>
        Runtime.Launch(kernels[signature], shape, stream, arguments);

    /// <inheritdoc/>
    public void Dispose() => module.Dispose();
}
