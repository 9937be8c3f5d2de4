using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

[TestFixture]
public sealed class NoLeaksTests
{
    [Test]
    public void A_forgotten_tensor_is_found()
    {
        Tensor? forgotten = null;
        var failure = CompareTests.FailureOf(() => NoLeaks.In(device => forgotten = Tensor.Zeros([3], DType.Float32, device)));
        Assert.That(failure, Does.Contain("1 taken"));
        forgotten!.Dispose();
    }

    [Test]
    public void A_disposed_tensor_is_not() => NoLeaks.In(device => Tensor.Zeros([3], DType.Float32, device).Dispose());

    [Test]
    public void A_test_that_takes_nothing_proves_nothing() => Assert.That(CompareTests.FailureOf(() => NoLeaks.In(_ => { })), Does.Contain("nothing was measured"));
}
