using System.Numerics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// The launch code of the element-wise kernels on the software GPU against the plain loops, bit for bit: odd sizes,
/// shrunken grids, operands that start off sixteen bytes, results in place of an operand.
/// </summary>
[TestFixture(DType.Float32)]
[TestFixture(DType.Float64)]
public sealed class CudaElementwiseTests(DType dtype)
{
    private readonly SoftwareGpu gpu = new();
    private readonly ReferenceBackend reference = new();
    private CudaKernels kernels = null!;

    [OneTimeSetUp]
    public void Load() => kernels = new CudaKernels(gpu);

    [OneTimeTearDown]
    public void Unload()
    {
        kernels.Dispose();
        gpu.Dispose();
        Assert.That(gpu.Reports.Select(report => report.Sentence), Is.Empty);
    }

    [Test]
    public void Kernels_equal_the_plain_loops(
        [Values(1, 31, 33, 255, 257, 443, 1025)] int count, [Values(1, 3, 1000)] int maxBlocks,
        [Values(0, 1)] int offset)
    {
        kernels.MaxBlocks = maxBlocks;
        var random = new Random(count);
        double[] a = Numbers(random, count), b = Numbers(random, count);
        var stream = gpu.DefaultStream;
        Same("fill", offset, count, [], (k, _, y) => k.Fill(dtype, 1.7, y, count, stream), (r, _, y) => r.Fill(1.7, y));
        Same(
            "add", offset, count, [a, b], (k, x, y) => k.Add(dtype, x[0], x[1], y, count, stream),
            (r, x, y) => r.Add(x[0], x[1], y));
        Same(
            "multiply", offset, count, [a, b], (k, x, y) => k.Multiply(dtype, x[0], x[1], y, count, stream),
            (r, x, y) => r.Multiply(x[0], x[1], y));
        Same(
            "scale", offset, count, [a], (k, x, y) => k.Scale(dtype, 1.7, x[0], y, count, stream),
            (r, x, y) => r.Scale(1.7, x[0], y));
        Same(
            "relu", offset, count, [a], (k, x, y) => k.ReLUForward(dtype, x[0], y, count, stream),
            (r, x, y) => r.ReLUForward(x[0], y));
        foreach (var rule in Enum.GetValues<ReLURule>())
            Same(
                $"relu {rule}", offset, count, [a, b],
                (k, x, dx) => k.ReLUBackward(rule, dtype, x[0], x[1], dx, count, stream),
                (r, x, dx) => r.ReLUBackward(rule, x[0], x[1], dx));
    }

    [Test]
    public void The_result_may_take_an_operands_place([Values(1, 33, 443)] int count)
    {
        kernels.MaxBlocks = 2;
        var random = new Random(count);
        double[] a = Numbers(random, count), b = Numbers(random, count);
        var stream = gpu.DefaultStream;
        InPlace(
            "add", count, [a, b], (k, x, y) => k.Add(dtype, x[0], y, y, count, stream),
            (r, x, y) => r.Add(x[0], x[1], y));
        InPlace(
            "multiply", count, [a], (k, _, y) => k.Multiply(dtype, y, y, y, count, stream),
            (r, x, y) => r.Multiply(x[0], x[0], y));
        InPlace(
            "scale", count, [a], (k, _, y) => k.Scale(dtype, -3, y, y, count, stream),
            (r, x, y) => r.Scale(-3, x[0], y));
        InPlace(
            "relu", count, [a], (k, _, y) => k.ReLUForward(dtype, y, y, count, stream),
            (r, x, y) => r.ReLUForward(x[0], y));
        foreach (var rule in Enum.GetValues<ReLURule>())
            InPlace(
                $"relu {rule}", count, [a, b], (k, x, dx) => k.ReLUBackward(rule, dtype, x[0], dx, dx, count, stream),
                (r, x, dx) => r.ReLUBackward(rule, x[0], x[1], dx));
    }

    [Test]
    public void Nothing_is_launched_for_no_elements()
    {
        kernels.Add(dtype, default, default, default, 0, gpu.DefaultStream);
        kernels.Fill(dtype, 1, default, 0, gpu.DefaultStream);
        gpu.Synchronize();
    }

    [Test]
    public unsafe void Integers_are_filled([Values(1, 257)] int count)
    {
        var y = gpu.Allocate(count * sizeof(int));
        kernels.Fill(DType.Int32, -7, y, count, gpu.DefaultStream);
        var actual = new int[count];
        fixed (int* destination = actual)
            gpu.CopyToHost(destination, y, count * sizeof(int), gpu.DefaultStream);
        gpu.Free(y);
        Assert.That(actual, Is.All.EqualTo(-7));
    }

    /// <summary>The result takes the place of the last operand.</summary>
    private void InPlace(
        string what, int count, double[][] operands, Action<CudaKernels, DevicePointer[], DevicePointer> launch,
        Action<ReferenceBackend, BufferView[], BufferView> plain) =>
        Same(what, 0, count, operands, launch, plain, inPlace: true);

    /// <summary>Runs both and compares bits; operands and result start so many elements behind sixteen bytes.</summary>
    private unsafe void Same(
        string what, int offset, int count, double[][] operands,
        Action<CudaKernels, DevicePointer[], DevicePointer> launch,
        Action<ReferenceBackend, BufferView[], BufferView> plain, bool inPlace = false)
    {
        var size = dtype.Size();
        var bytes = operands.Select(Bytes).ToArray();
        var taken = bytes.Select(_ => gpu.Allocate((count + offset) * size)).ToList();
        if (!inPlace)
            taken.Add(gpu.Allocate((count + offset) * size));
        var pointers = taken.Select(pointer => pointer + offset * size).ToArray();
        for (var i = 0; i < bytes.Length; i++)
            fixed (byte* source = bytes[i])
                gpu.CopyToDevice(pointers[i], source, bytes[i].Length, gpu.DefaultStream);
        launch(kernels, pointers, pointers[^1]);
        var actual = new byte[count * size];
        fixed (byte* destination = actual)
            gpu.CopyToHost(destination, pointers[^1], actual.Length, gpu.DefaultStream);
        taken.ForEach(gpu.Free);

        var views = bytes.Append(new byte[count * size]).Select(values =>
        {
            var view = new BufferView(reference.Allocate(values.Length), dtype, 0, count);
            reference.Upload(values, view);
            return view;
        }).ToArray();
        plain(reference, views, views[^1]);
        var expected = new byte[count * size];
        reference.Download(views[^1], expected);
        foreach (var view in views)
            view.Buffer.Dispose();
        Assert.That(Canonical(actual), Is.EqualTo(Canonical(expected)), what);
    }

    // One NaN stands for all: which one an operation gives is not part of the contract.
    private ulong[] Canonical(byte[] bytes) => dtype == DType.Float64
        ? Canonical<double>(bytes, BitConverter.DoubleToUInt64Bits)
        : Canonical<float>(bytes, value => BitConverter.SingleToUInt32Bits(value));

    private static ulong[] Canonical<T>(byte[] bytes, Func<T, ulong> bits)
        where T : unmanaged, INumberBase<T> =>
        [.. MemoryMarshal.Cast<byte, T>(bytes).ToArray()
            .Select(value => T.IsNaN(value) ? ulong.MaxValue : bits(value))];

    private byte[] Bytes(double[] values) => dtype == DType.Float64
        ? MemoryMarshal.AsBytes<double>(values).ToArray()
        : MemoryMarshal.AsBytes<float>(values.Select(value => (float)value).ToArray()).ToArray();

    private static double[] Numbers(Random random, int count)
    {
        double[] special =
            [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-42, -1e-42, 3e38, -3e38];
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0
            ? special[random.Next(special.Length)]
            : random.NextDouble() * 2 - 1)];
    }
}
