using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>A runtime on the fake driver; its disposal checks that nothing is left.</summary>
internal sealed class FakeGpu : IDisposable
{
    public FakeGpu(Action<FakeDriver>? prepare = null, bool cublas = false)
    {
        Driver = new FakeDriver();
        prepare?.Invoke(Driver);
        Blas = cublas ? new FakeCublas(Driver) : null;
        Runtime = CudaDriverRuntime.Open(Driver.Started, Blas?.Loaded ?? NoCublas, 0);
        Runtime.Leaked = Leaks.Add;
    }

    public static LoadedCublas NoCublas { get; } = new(null, null, "There is no cuBLAS on this machine.");

    public FakeDriver Driver { get; }

    public FakeCublas? Blas { get; }

    public CudaDriverRuntime Runtime { get; }

    public List<string> Leaks { get; } = [];

    public IGpuStream Stream => Runtime.DefaultStream;

    /// <summary>Loads a module with these kernels.</summary>
    public IGpuModule Module(params FakeKernel[] kernels)
    {
        Driver.Kernels.AddRange(kernels);
        return Runtime.LoadModule("test.ptx", ".version 8.4\n.target sm_75\n"u8);
    }

    public void Dispose()
    {
        Runtime.Dispose();
        Driver.AssertClean();
        Driver.Dispose();
    }
}
