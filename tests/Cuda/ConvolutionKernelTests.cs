using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>im2col, col2im and the convolutions made of them against the plain loops.</summary>
[TestFixture]
public sealed class ConvolutionKernelTests
{
    private static readonly Conv2dGeometry[] Convolutions =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 1, 1),
        new(2, 3, 5, 7, 4, 1, 1, 0, 1, 1),
        new(2, 4, 5, 6, 6, 1, 1, 0, 1, 2),
        new(2, 3, 5, 7, 4, 1, 2, 0, 1, 1),
        new(3, 3, 9, 8, 5, 3, 1, 1, 1, 1),
        new(2, 2, 11, 9, 3, new Pair(3, 2), new Pair(1, 3), new Pair(0, 1), 1, 1),
        new(1, 2, 9, 10, 3, 3, 5, 2, 1, 1),
        new(2, 1, 3, 3, 2, 7, 1, 6, 1, 1),
        new(1, 2, 13, 12, 3, new Pair(3, 2), new Pair(2, 1), new Pair(3, 0), new Pair(3, 2), 1),
        new(2, 4, 6, 7, 6, 3, 2, 1, 1, 2),
        new(3, 5, 5, 5, 5, 3, 1, 1, 2, 5),
        new(0, 3, 5, 5, 4, 3, 1, 1, 1, 1),
    ];

    private static readonly ConvTranspose2dGeometry[] Transposed =
    [
        new(1, 1, 2, 3, 1, 2, 1, 0, 0, 1, 1),
        new(2, 3, 4, 5, 2, 1, 1, 0, 0, 1, 1),
        new(2, 3, 4, 5, 4, 3, 2, 1, 1, 1, 1),
        new(1, 4, 3, 4, 6, 3, 3, 0, 2, 1, 2),
        new(2, 2, 4, 3, 3, new Pair(3, 2), new Pair(1, 2), new Pair(2, 0), new Pair(2, 1), new Pair(3, 2), 1),
        new(1, 2, 3, 3, 2, 2, 4, 0, 3, 1, 1),
    ];

    [Test]
    public void Convolutions_match_the_plain_loops(
        [ValueSource(nameof(Convolutions))] Conv2dGeometry g, [Values(DType.Float32, DType.Float64)] DType dtype,
        [Values] bool chunked)
    {
        using var run = new KernelRun(maxBlocks: chunked ? 1 : 64);
        var shape = new ConvolutionShape(g);
        // One sample at a time, our own products and a single block; or all samples, the runtime's products and a full
        // grid.
        var convolution = new CudaConvolution(run.Kernels, run.Memory) { OwnGemm = chunked };
        if (chunked)
            convolution.Workspace = 1;
        var x = Values.Random(4, g.N * shape.InputSample);
        var w = Values.Random(5, (long)g.Cout * shape.Taps);
        var dy = Values.Random(6, g.N * shape.OutputSample);
        DevicePointer atX = run.Put(dtype, x), atW = run.Put(dtype, w), atDy = run.Put(dtype, dy);
        DevicePointer y = run.Empty(dtype, dy.Length), dx = run.Empty(dtype, x.Length), dw = run.Empty(dtype, w.Length);
        convolution.Forward(shape, dtype, atX, atW, y, run.Stream);
        convolution.BackwardInput(shape, dtype, atDy, atW, dx, run.Stream);
        convolution.BackwardWeight(shape, dtype, atX, atDy, dw, run.Stream);

        BufferView plainX = run.View(DType.Float64, x), plainW = run.View(DType.Float64, w),
            plainDy = run.View(DType.Float64, dy);
        BufferView plainY = run.View(DType.Float64, dy), plainDx = run.View(DType.Float64, x),
            plainDw = run.View(DType.Float64, w);
        run.Reference.Conv2dForward(g, plainX, plainW, null, plainY);
        run.Reference.Conv2dBackwardInput(g, plainDy, plainW, plainDx);
        run.Reference.Conv2dBackwardWeight(g, plainX, plainDy, plainDw);
        KernelRun.Close("conv", dtype, run.Get(dtype, y, dy.Length), run.Get(plainY), "y");
        KernelRun.Close("conv", dtype, run.Get(dtype, dx, x.Length), run.Get(plainDx), "dx");
        KernelRun.Close("conv", dtype, run.Get(dtype, dw, w.Length), run.Get(plainDw), "dw");
    }

    [Test]
    public void Transposed_convolutions_match_the_plain_loops(
        [ValueSource(nameof(Transposed))] ConvTranspose2dGeometry g, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        using var run = new KernelRun(maxBlocks: 2);
        var shape = new ConvolutionShape(g);
        var convolution = new CudaConvolution(run.Kernels, run.Memory);
        // The roles change: x is the convolution's output, y its input.
        var x = Values.Random(7, g.N * shape.OutputSample);
        var w = Values.Random(8, (long)g.Cin * shape.Taps);
        var dy = Values.Random(9, g.N * shape.InputSample);
        DevicePointer atX = run.Put(dtype, x), atW = run.Put(dtype, w), atDy = run.Put(dtype, dy);
        DevicePointer y = run.Empty(dtype, dy.Length), dx = run.Empty(dtype, x.Length), dw = run.Empty(dtype, w.Length);
        convolution.BackwardInput(shape, dtype, atX, atW, y, run.Stream);
        convolution.Forward(shape, dtype, atDy, atW, dx, run.Stream);
        convolution.BackwardWeight(shape, dtype, atDy, atX, dw, run.Stream);

        BufferView plainX = run.View(DType.Float64, x), plainW = run.View(DType.Float64, w),
            plainDy = run.View(DType.Float64, dy);
        BufferView plainY = run.View(DType.Float64, dy), plainDx = run.View(DType.Float64, x),
            plainDw = run.View(DType.Float64, w);
        run.Reference.ConvTranspose2dForward(g, plainX, plainW, null, plainY);
        run.Reference.ConvTranspose2dBackwardInput(g, plainDy, plainW, plainDx);
        run.Reference.ConvTranspose2dBackwardWeight(g, plainX, plainDy, plainDw);
        KernelRun.Close("conv", dtype, run.Get(dtype, y, dy.Length), run.Get(plainY), "y");
        KernelRun.Close("conv", dtype, run.Get(dtype, dx, x.Length), run.Get(plainDx), "dx");
        KernelRun.Close("conv", dtype, run.Get(dtype, dw, w.Length), run.Get(plainDw), "dw");
    }

    [Test]
    public void The_workspace_bounds_the_columns([Values(1, 2, 3, 5)] int samples)
    {
        using var run = new KernelRun();
        var g = new Conv2dGeometry(5, 2, 6, 6, 3, 3, 1, 1, 1, 1);
        var shape = new ConvolutionShape(g);
        var bytes = samples * CudaConvolution.Columns(shape, DType.Float32) * 4;
        var convolution = new CudaConvolution(run.Kernels, run.Memory) { Workspace = bytes };
        var x = run.Put(DType.Float32, Values.Random(1, 5 * shape.InputSample));
        var w = run.Put(DType.Float32, Values.Random(2, (long)g.Cout * shape.Taps));
        convolution.Forward(shape, DType.Float32, x, w, run.Empty(DType.Float32, 5 * shape.OutputSample), run.Stream);
        Assert.That(run.Memory.Statistics, Is.EqualTo(new CudaMemoryStatistics(0, bytes, 0)));
    }

    [Test]
    public void A_pointwise_convolution_takes_no_columns()
    {
        using var run = new KernelRun();
        var shape = new ConvolutionShape(new Conv2dGeometry(2, 2, 3, 3, 3, 1, 1, 0, 1, 1));
        var convolution = new CudaConvolution(run.Kernels, run.Memory);
        DevicePointer x = run.Put(DType.Float32, new double[36]), w = run.Put(DType.Float32, new double[6]),
            y = run.Put(DType.Float32, new double[54]);
        convolution.Forward(shape, DType.Float32, x, w, y, run.Stream);
        convolution.BackwardInput(shape, DType.Float32, y, w, x, run.Stream);
        convolution.BackwardWeight(shape, DType.Float32, x, y, w, run.Stream);
        Assert.That(run.Memory.Statistics.PeakInUse, Is.Zero);
    }
}
