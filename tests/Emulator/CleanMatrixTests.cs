using NUnit.Framework;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// mma.sync of the corpus against plain loops. Inputs have few bits, so that every sum is exact in double, and a
/// result is that sum rounded once.
/// </summary>
[TestFixture]
public sealed class CleanMatrixTests
{
    [Test]
    public void Tf32([Values(4, 8)] int k, [Values(1, 2)] int seed)
    {
        // A tf32 has ten bits; the thirteen below them do not count.
        var random = new Random(seed);
        double[] a = Numbers(random, 16 * k, 10), b = Numbers(random, 8 * k, 10);
        uint Noisy(double value) => BitConverter.SingleToUInt32Bits((float)value) | (uint)random.Next(1 << 13);
        Check($"mma_tf32_k{k}", k, a, b, a.Select(Noisy).ToArray(), b.Select(Noisy).ToArray(), random);
    }

    [Test]
    public void F16([Values(8, 16)] int k, [Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        double[] a = Numbers(random, 16 * k, 10), b = Numbers(random, 8 * k, 10);
        Check($"mma_f16_k{k}", k, a, b, a.Select(Half).ToArray(), b.Select(Half).ToArray(), random);
    }

    [Test]
    public void Bf16([Values(8, 16)] int k, [Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        double[] a = Numbers(random, 16 * k, 7), b = Numbers(random, 8 * k, 7);
        ushort Brain(double value) => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);
        Check($"mma_bf16_k{k}", k, a, b, a.Select(Brain).ToArray(), b.Select(Brain).ToArray(), random);
    }

    [Test]
    public void Sums_in_half_precision([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        double[] a = Numbers(random, 16 * 16, 10), b = Numbers(random, 8 * 16, 10), c = Numbers(random, 16 * 8, 10);
        using var run = new CorpusRun("mma_sm80");
        var d = run.Empty<ushort>(16 * 8);
        run.Launch(
            "mma_f16_half_sums", 1, 32, run.Upload(a.Select(Half).ToArray()), run.Upload(b.Select(Half).ToArray()),
            run.Upload(c.Select(Half).ToArray()), d);
        Assert.That(run.Download<ushort>(d, 16 * 8), Is.EqualTo(Product(a, b, c, 16).Select(Half)));
        run.AssertClean();
    }

    [Test]
    public void Infinities_and_NaN()
    {
        var (a, b, c) = (new double[16 * 8], new double[8 * 8], new double[16 * 8]);
        Array.Fill(b, 1);
        (a[0], a[8], a[9], a[16], c[24]) = (
            double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity, double.NaN,
            double.NegativeInfinity);
        using var run = new CorpusRun("mma_sm80");
        var d = run.Empty<float>(16 * 8);
        run.Launch(
            "mma_f16_k8", 1, 32, run.Upload(a.Select(Half).ToArray()), run.Upload(b.Select(Half).ToArray()),
            run.Upload(c.Select(value => (float)value).ToArray()), d);
        Assert.That(run.Download<float>(d, 16 * 8), Is.EqualTo(Product(a, b, c, 8).Select(value => (float)value)));
        run.AssertClean();
    }

    [TestCase("m8n8k4.row.col.f32.f16.f16.f32", "the software GPU has no product of .m8n8k4 tiles of .f16")]
    [TestCase("m16n8k8.col.row.f32.f16.f16.f32", "its modifiers are not understood")]
    [TestCase("m16n8k8.row.col.f32.f16.bf16.f32", "its modifiers are not understood")]
    [TestCase("m16n8k16.row.col.f32.f16.f16.f32", "operand 2 must have 4 registers")]
    public void Other_products_are_refused_by_name(string shape, string why)
    {
        var ptx = EmulatorRun.Module(
            "k", 0, 0,
            $"mma.sync.aligned.{shape} {{%f0, %f1, %f2, %f3}}, {{%r0, %r1}}, {{%r2}}, {{%f0, %f1, %f2, %f3}}; ret;");
        using var run = new EmulatorRun();
        Assert.That(
            () => run.Load(ptx),
            Throws.InstanceOf<GpuException>().With.Message.Contains(why).And.Message.Contains("mma"));
    }

    private static void Check<T>(string kernel, int k, double[] a, double[] b, T[] bitsOfA, T[] bitsOfB, Random random)
        where T : unmanaged
    {
        var c = Numbers(random, 16 * 8, 20);
        using var run = new CorpusRun("mma_sm80");
        DevicePointer da = run.Upload(bitsOfA), db = run.Upload(bitsOfB), d = run.Empty<float>(16 * 8);
        run.Launch(kernel, 1, 32, da, db, run.Upload(c.Select(value => (float)value).ToArray()), d);
        Assert.That(run.Download<float>(d, 16 * 8), Is.EqualTo(Product(a, b, c, k).Select(value => (float)value)));
        run.AssertClean();
    }

    // B by columns.
    private static double[] Product(double[] a, double[] b, double[] c, int k) =>
        [.. c.Select((sum, i) => sum + Enumerable.Range(0, k).Sum(j => a[(i / 8 * k) + j] * b[(i % 8 * k) + j]))];

    private static ushort Half(double value) => BitConverter.HalfToUInt16Bits((Half)value);

    // Of so many bits after the leading one, from 1/4 to 2.
    private static double[] Numbers(Random random, int count, int bits) =>
        [.. Enumerable.Range(0, count).Select(_ =>
            (random.Next(2) * 2 - 1) * Math.ScaleB((1 << bits) + random.Next(1 << bits), -bits - random.Next(3)))];
}
