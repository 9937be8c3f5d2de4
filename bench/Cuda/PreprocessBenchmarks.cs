using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks.Cuda;

/// <summary>Pictures of the network's size.</summary>
public sealed record PicturesCase(string Name, long Images, int Height, int Width) : IWork
{
    public long Pixels => Images * Height * Width;

    // Of each colour a product, a difference and a quotient.
    public double Flops(string method) => 9.0 * Pixels;

    // Three bytes become three floats.
    public double Bytes(string method) => 15.0 * Pixels;

    public override string ToString() => Name;
}

/// <summary>8-bit pictures to a network's input.</summary>
public unsafe class PreprocessBenchmarks : OpBenchmarks<PicturesCase>
{
    private static readonly ColourTriple Mean = new(0.485f, 0.456f, 0.406f), Deviation = new(0.229f, 0.224f, 0.225f);

    private BufferView _pixels, _y;

    public static IEnumerable<PicturesCase> Cases =>
        [new("pictures", Math.Max(Sizes.Batch, Sizes.Past(1024)), Sizes.Spec.Height, Sizes.Spec.Width)];

    private static CudaBackend Cuda => BenchmarkDevice.Current.Cuda!;

    [Benchmark]
    public void Forward() => Cuda.Kernels.Preprocess(
        Case.Images, Case.Height, Case.Width, false, 1, Mean, Deviation, DType.Float32, At(_pixels), At(_y),
        Cuda.Runtime.DefaultStream);

    protected override void Make()
    {
        // Any bits will do, and so will the bytes of random floats.
        _pixels = Random((3 * Case.Pixels + 3) / 4, 1);
        _y = Empty(3 * Case.Pixels);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        var bytes = (byte*)host.Floats(_pixels);
        var y = host.Floats(_y);
        var plane = (long)Case.Height * Case.Width;
        float[] mean = [Mean.R, Mean.G, Mean.B], deviation = [Deviation.R, Deviation.G, Deviation.B];
        for (long probe = 0; probe < 1000; probe++)
        {
            var (at, colour) = (probe * 7919 * 131 % Case.Pixels, (int)(probe % 3));
            var expected = (bytes[at * 3 + colour] / 255f - mean[colour]) / deviation[colour];
            HostCheck.That(y[(at / plane * 3 + colour) * plane + at % plane] == expected);
        }
    }
}
