using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>What the tests of an op share: a device of the backend under test, a scope a test, and the standard comparisons.</summary>
public abstract class OpTests(string backend)
{
    private TensorScope? scope;

    /// <summary>The backend under test.</summary>
    protected Device Device => Backends.Get(backend);

    [SetUp]
    public void Open()
    {
        // Here, so that a backend that cannot run skips every test.
        _ = Device;
        scope = new TensorScope();
    }

    [TearDown]
    public void Close() => scope?.Dispose();

    /// <summary>A float32 tensor on the device.</summary>
    protected Tensor Floats(float[] elements, params ReadOnlySpan<long> shape) => Tensor.From(elements, new Shape(shape), Device);

    /// <summary>A float64 tensor on the device.</summary>
    protected Tensor Doubles(double[] elements, params ReadOnlySpan<long> shape) => Tensor.From(elements, new Shape(shape), Device);

    /// <summary>An Int32 tensor on the device.</summary>
    protected Tensor Ints(int[] elements, params ReadOnlySpan<long> shape) => Tensor.From(elements, new Shape(shape), Device);

    /// <summary>Zeros on the device, where only the shape matters.</summary>
    protected Tensor Zeros(params ReadOnlySpan<long> shape) => Tensor.Zeros(new Shape(shape), DType.Float32, Device);

    /// <summary>Forward value and every gradient in float32 and float64 against the float64 reference.</summary>
    private protected void MatchesReference(string family, Func<Tensor[], Tensor> op, params Argument[] arguments)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var tolerance = Tolerances.For(family, dtype, "reference");
            var (y, gradients) = Pass(op, arguments, dtype, Device);
            var (expected, expectedGradients) = Pass(op, arguments, DType.Float64, Backends.Reference);
            Compare.Close(y, expected, tolerance, $"{dtype} y");
            for (var i = 0; i < arguments.Length; i++)
                Compare.Close(gradients[i], expectedGradients[i], tolerance, $"{dtype} gradient of {arguments[i].Name}");
        }
    }

    /// <summary>Two runs, and one and two threads, give the same bits, forward and backward.</summary>
    private protected void SameBits(Func<Tensor[], Tensor> op, params Argument[] arguments)
    {
        var (first, firstGradients) = Pass(op, arguments, DType.Float32, Device);
        foreach (var device in Backends.MustEqual(backend))
        {
            var (y, gradients) = Pass(op, arguments, DType.Float32, device);
            Compare.Equal(y, first, "y");
            for (var i = 0; i < arguments.Length; i++)
                Compare.Equal(gradients[i], firstGradients[i], $"gradient of {arguments[i].Name}");
        }
    }

    /// <summary>Runs forward and, with a seeded upstream gradient, backward.</summary>
    private protected static (Tensor Y, Tensor?[] Gradients) Pass(Func<Tensor[], Tensor> op, Argument[] arguments, DType dtype, Device device)
    {
        var tensors = Array.ConvertAll(arguments, argument => argument.Make(dtype, device));
        var y = op(tensors);
        y.Backward(new Argument("upstream", y.Shape, Values.Random(99, y.Count)).Make(dtype, device, requiresGrad: false));
        return (y, Array.ConvertAll(tensors, tensor => tensor.Grad));
    }

    /// <summary>The op refuses with exactly this sentence.</summary>
    protected static void Refuses(Func<Tensor> op, string sentence) => Refuses<ShapeException>(() => op(), sentence);

    /// <summary>The action refuses with exactly this sentence.</summary>
    protected static void Refuses<TException>(Action action, string sentence)
        where TException : Exception
    {
        var error = Assert.Throws<TException>(() => action());
        Assert.That(error.Message, Is.EqualTo(sentence));
    }
}
