namespace ZfNet.Benchmarks;

/// <summary>Which kernels each benchmark launches, found by running all of them, small, on a software GPU.</summary>
/// <param name="Kernels">Kernels by op, method and name of the sizes.</param>
public sealed record KernelTrace(IReadOnlyDictionary<(string Op, string Method, string Case), string[]> Kernels)
{
    /// <summary>Runs all of them, which checks their results.</summary>
    public static KernelTrace Run()
    {
        var kernels = new Dictionary<(string, string, string), string[]>();
        var launched = new List<string>();
        var before = BenchmarkDevice.Current;
        using var device = BenchmarkDevice.Current = BenchmarkDevice.Software(BenchmarkDevice.Small, launched.Add);
        BenchmarkClasses.Exercise((type, work, method, done) =>
        {
            if (done)
                kernels[(BenchmarkClasses.Op(type), method.Name, work.Name)] = [.. launched.Distinct()];
            launched.Clear();
        });
        BenchmarkDevice.Current = before;
        if (device.Cuda!.Memory.Buffers > 0)
            throw new InvalidOperationException("The benchmarks leave memory behind.");
        return new KernelTrace(kernels);
    }
}
