using System.Reflection;
using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>
/// The benchmarks of an op on the run's device: its operands, and the check of its results that comes before the clock.
/// </summary>
/// <typeparam name="TCase">Sizes; the class has a static <c>Cases</c> of them.</typeparam>
public abstract class OpBenchmarks<TCase>
    where TCase : class, IWork
{
    private readonly List<DeviceBuffer> taken = [];

    /// <summary>The sizes.</summary>
    [ParamsSource("Cases")]
    public TCase Case { get; set; } = null!;

    /// <summary>How large everything is.</summary>
    protected static Sizes Sizes => BenchmarkDevice.Current.Sizes;

    /// <summary>Where it runs.</summary>
    protected static IBackend Backend => BenchmarkDevice.Current.Backend;

    /// <summary>
    /// Takes the operands, checks the results, and measures the products that methods are held against.
    /// </summary>
    [GlobalSetup]
    public void Setup()
    {
        try
        {
            Make();
            using (var host = new HostCheck(Backend))
                Verify(host);
            if (BenchmarkDevice.Current.Rates is not { } rates)
                return;
            foreach (var method in GetType().GetMethods().Where(m => m.IsDefined(typeof(BenchmarkAttribute))))
            {
                if (Case.Product(method.Name) is { } product)
                    rates.Measure(product);
            }
        }
        catch
        {
            Cleanup();
            throw;
        }
    }

    /// <summary>Gives the operands back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        Drop();
        taken.ForEach(buffer => buffer.Dispose());
        taken.Clear();
    }

    /// <summary>Takes the operands.</summary>
    protected abstract void Make();

    /// <summary>Gives back what is not memory of the device.</summary>
    protected virtual void Drop()
    {
    }

    /// <summary>Runs every method and throws unless the results are right.</summary>
    private protected abstract void Verify(HostCheck host);

    /// <summary>Numbers in [-1, 1).</summary>
    protected BufferView Random(long count, ulong seed)
    {
        var view = Empty(count);
        Backend.RandomUniform(seed, 0, -1, 1, view);
        return view;
    }

    /// <summary>Memory that nobody has written.</summary>
    protected BufferView Empty(long count, DType dtype = DType.Float32)
    {
        var buffer = Backend.Allocate(count * dtype.Size());
        taken.Add(buffer);
        return new BufferView(buffer, dtype, 0, count);
    }

    /// <summary>Where a view starts on the GPU.</summary>
    private protected static DevicePointer At(BufferView view) =>
        ((CudaBuffer)view.Buffer).Pointer + view.Offset * view.DType.Size();
}
