using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/lrn.cuh</c>.</summary>
internal static class CudaLocalResponseNorm
{
    private const string Op = "local_response_norm";

    // NORM_PARAMETERS
    private static readonly KernelParameter[] Sizes = [I32, I32, I32, I32, I32, I32];

    private static readonly KernelFamily ForwardKernel =
        new("lrn_forward", [Pointer, Pointer, .. Sizes, Real, Real, Real]);

    private static readonly KernelFamily OwnKernel =
        new("lrn_backward_own", [Pointer, Pointer, Pointer, Pointer, .. Sizes, Real, Real, Real, Real]);

    private static readonly KernelFamily PullKernel = new("lrn_backward_pull", [Pointer, Pointer, Pointer, .. Sizes]);

    private static readonly KernelFamily WalkForwardKernel =
        new("lrn_walk_forward", Pointer, Pointer, I32, I32, I32, I32, Real, Real);

    private static readonly KernelFamily WalkBackwardKernel =
        new("lrn_walk_backward", Pointer, Pointer, Pointer, I32, I32, I32, I32, Real, Real, Real);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        ForwardKernel.Float32, ForwardKernel.Float64, OwnKernel.Float32, OwnKernel.Float64, PullKernel.Float32,
        PullKernel.Float64, WalkForwardKernel.Float32, WalkForwardKernel.Float64, WalkBackwardKernel.Float32,
        WalkBackwardKernel.Float64,
    ];

    /// <summary>y = the normalised x.</summary>
    public static void LocalResponseNormForward(
        this CudaKernels kernels, in LocalResponseNormGeometry g, DType dtype, DevicePointer x, DevicePointer y,
        IGpuStream stream)
    {
        KernelArgument share = CudaElementwise.Number(dtype, g.Share), k = CudaElementwise.Number(dtype, g.K);
        if (Walks(g))
        {
            var run = Run(kernels, g);
            LaunchRuns(kernels, WalkForwardKernel[dtype], g, run, stream, x, y, g.N, g.C, g.H * g.W, run, share, k);
            return;
        }
        Launch(
            kernels, ForwardKernel[dtype], g, stream, x, y, g.N, g.C, g.H, g.W, g.Size, g.AcrossChannels ? 1 : 0, share,
            CudaElementwise.Number(dtype, g.Beta), k);
    }

    /// <summary>Elements of scratch memory that <see cref="LocalResponseNormBackward"/> writes to; may be 0.</summary>
    public static long LocalResponseNormScratch(in LocalResponseNormGeometry g) =>
        Walks(g) ? 0 : (long)g.N * g.C * g.H * g.W;

    /// <summary>dx from x and dy.</summary>
    public static void LocalResponseNormBackward(
        this CudaKernels kernels, in LocalResponseNormGeometry g, DType dtype, DevicePointer x, DevicePointer dy,
        DevicePointer dx, DevicePointer scratch, IGpuStream stream)
    {
        KernelArgument share = CudaElementwise.Number(dtype, g.Share), k = CudaElementwise.Number(dtype, g.K);
        var factor = CudaElementwise.Number(dtype, 2 * g.Share * g.Beta);
        if (Walks(g))
        {
            var run = Run(kernels, g);
            LaunchRuns(
                kernels, WalkBackwardKernel[dtype], g, run, stream, x, dy, dx, g.N, g.C, g.H * g.W, run, share, k,
                factor);
            return;
        }
        var across = g.AcrossChannels ? 1 : 0;
        Launch(
            kernels, OwnKernel[dtype], g, stream, x, dy, dx, scratch, g.N, g.C, g.H, g.W, g.Size, across, share,
            CudaElementwise.Number(dtype, g.Beta), k, factor);
        Launch(kernels, PullKernel[dtype], g, stream, x, scratch, dx, g.N, g.C, g.H, g.W, g.Size, across);
    }

    // What every published network has. A power by roots needs s that is not negative.
    private static bool Walks(in LocalResponseNormGeometry g) =>
        g is { AcrossChannels: true, Size: 5, Beta: 0.75, K: >= 0, Share: >= 0 };

    // Channels that a thread walks: all, unless that leaves a part of the device idle; of whole steps (kStep).
    private static int Run(CudaKernels kernels, in LocalResponseNormGeometry g)
    {
        const int Step = 4, Least = 16, Threads = 256;
        var places = Math.Max((long)g.N * g.H * g.W, 1);
        var runs = Math.Clamp((long)kernels.MaxBlocks * Threads / places, 1, (g.C - 1) / Least + 1);
        return (int)((Math.Max(g.C, 1) + runs * Step - 1) / (runs * Step)) * Step;
    }

    private static void LaunchRuns(
        CudaKernels kernels, KernelSignature kernel, in LocalResponseNormGeometry g, int run, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments) =>
        kernels.LaunchPlanes(
            kernel, g.N, (g.C + run - 1) / run, CudaPlanes.Size(Op, g.H, g.W), stream, arguments);

    private static void Launch(
        CudaKernels kernels, KernelSignature kernel, in LocalResponseNormGeometry g, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments) =>
        kernels.LaunchPlanes(
            kernel, CudaPlanes.Size(Op, g.N, g.C), CudaPlanes.Size(Op, g.H, g.W), stream, arguments);
}
