using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Golden;

/// <summary>
/// Replays PyTorch's training of the mini network on digits (losses.py, which wrote losses.json): the same weights, the
/// same batches, no dropout, and at each of the first steps the same loss.
/// </summary>
[TestFixture]
public sealed class LossesTests
{
    private const int Side = 28;
    private const int Padded = 32;

    private static readonly JsonElement Golden = JsonDocument.Parse(Resource("losses.json")).RootElement;

    // Later on training amplifies rounding (docs/results.md). Two steps are enough for the plain loops: the second one's
    // loss holds every gradient and the optimiser.
    [TestCase("cpu-2-threads", 14)]
    [TestCase("reference", 2)]
    public void Every_step_has_PyTorchs_loss(string backend, int steps)
    {
        var device = Backends.Get(backend);
        var tolerance = Tolerances.For("training", DType.Float32, "pytorch");
        using var network = Network.Create(
            Networks.Find(Text("network")).WithDropout(0), Initialiser.PyTorch, (ulong)Number("seed"), device);
        Assert.That(Hash(network), Is.EqualTo(Text("weights")), "it begins with the same weights, bit for bit");
        using var sgd = new Sgd(network.Parameters, Number("rate"), Number("momentum"), Number("decay"));
        var digits = Digits();
        Assert.That(Losses, Has.Length.EqualTo(50));
        var expected = Losses[..steps];
        var losses = new double[steps];
        for (var step = 0; step < steps; step++)
        {
            using var scope = new TensorScope();
            var (pictures, labels) = Batch(digits, step, device);
            var loss = network.Forward(pictures).CrossEntropy(labels);
            sgd.ZeroGrad();
            loss.Backward();
            sgd.Step();
            losses[step] = loss.Item();
        }
        var agreement = Compare.Measure(losses, expected, [steps], tolerance, "losses");
        Assert.That(agreement.Passed, agreement.Message);
        TestContext.Out.WriteLine($"largest difference: {losses.Zip(expected, (a, b) => Math.Abs(a - b)).Max():G3}");
    }

    [Test]
    public void The_losses_fall()
    {
        Assert.That(Text("judge"), Does.StartWith("PyTorch 1.13"));
        Assert.That(
            Losses[^10..].Average(), Is.LessThan(Losses[..10].Average() - 0.1), "it is training that is compared");
    }

    private static double[] Losses =>
        [.. Golden.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];

    private static (Tensor Pictures, Tensor Labels) Batch(
        (byte[] Labels, byte[] Pixels) digits, int step, Device device)
    {
        var count = (int)Number("batch");
        const int Plane = Padded * Padded, Border = (Padded - Side) / 2;
        var (mean, deviation) = (Number("mean"), Number("deviation"));
        var (values, labels) = (new float[count * 3 * Plane], new int[count]);
        for (var n = 0; n < count; n++)
        {
            var picture = (step * count + n) % digits.Labels.Length;
            labels[n] = digits.Labels[picture];
            for (var i = 0; i < Plane; i++)
            {
                var (y, x) = (i / Padded - Border, i % Padded - Border);
                var inside = y is >= 0 and < Side && x is >= 0 and < Side;
                var pixel = inside ? digits.Pixels[(picture * Side + y) * Side + x] : 0;
                for (var c = 0; c < 3; c++)
                    values[(n * 3 + c) * Plane + i] = (float)((pixel / 255.0 - mean) / deviation);
            }
        }
        return (Tensor.From(values, [count, 3, Padded, Padded], device), Tensor.From(labels, [count], device));
    }

    private static (byte[] Labels, byte[] Pixels) Digits()
    {
        using var plain = new MemoryStream();
        using (var zipped = new GZipStream(Resource("digits.gz"), CompressionMode.Decompress))
            zipped.CopyTo(plain);
        var data = plain.ToArray();
        var count = data.Length / (1 + Side * Side);
        Assert.That(data, Has.Length.EqualTo(count * (1 + Side * Side)));
        return (data[..count], data[count..]);
    }

    private static string Hash(Network network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, parameter) in network.Parameters)
            hash.AppendData(MemoryMarshal.AsBytes(parameter.ToArray<float>().AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Text(string name) => Golden.GetProperty(name).GetString()!;

    private static double Number(string name) => Golden.GetProperty(name).GetDouble();

    private static Stream Resource(string name) => typeof(LossesTests).Assembly.GetManifestResourceStream(name)
        ?? throw new FileNotFoundException($"tests/Golden/{name} is not embedded in the tests.");
}
