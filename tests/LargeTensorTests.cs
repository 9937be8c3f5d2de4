using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>
/// Offsets past 2^31 bytes and past 2^31 elements. The storages are never touched but for a few pages, so they cost address
/// space and hardly any memory.
/// </summary>
[TestFixture]
[NonParallelizable]
public sealed class LargeTensorTests
{
    [TearDown]
    public void GiveBack() => CpuBackend.TrimMemory();

    [Test]
    public void Ops_work_on_the_end_of_a_storage_past_2_31_bytes([Values("reference", "cpu-2-threads")] string backend)
    {
        const long count = (1L << 29) + 16;
        EndOf(Backends.Get(backend), count, DType.Float32);
    }

    [Test]
    public void Ops_work_on_the_end_of_a_storage_past_2_31_elements([Values("reference", "cpu-2-threads")] string backend)
    {
        const long count = (1L << 31) + 64;
        EndOf(Backends.Get(backend), count, DType.Float32);
    }

    private static void EndOf(Device device, long count, DType dtype)
    {
        using var scope = new TensorScope();
        Tensor large;
        try
        {
            large = Tensor.Empty([count], dtype, device);
        }
        catch (InsufficientMemoryException error)
        {
            Assert.Ignore($"This machine cannot reserve {count * dtype.Size()} bytes: {error.Message}");
            return;
        }
        Assert.That(large.Count * dtype.Size(), Is.GreaterThan(1L << 31));
        var tail = large.Narrow(0, count - 8, 8);
        tail.CopyFrom<float>([1, -2, 3, -4, 5, -6, 7, -8]);
        Compare.Equal(tail, [1, -2, 3, -4, 5, -6, 7, -8], [8], "tail");
        Compare.Equal(tail.ReLU(), [1, 0, 3, 0, 5, 0, 7, 0], [8], "relu");
        Compare.Equal(tail.Add(tail).Reshape(1, 1, 2, 4).MaxPool2d(2), [10, 14], [1, 1, 1, 2], "pool");
        Compare.Equal(tail.Sum(), [-4], [], "sum");

        // A strided view whose rows lie far apart: the copy has to count in 64 bits.
        large.Narrow(0, 0, 2).CopyFrom<float>([10, 20]);
        var half = (count - 8) / 2 * 2;
        var ends = large.Narrow(0, 0, half).Reshape(2, half / 2);
        large.Narrow(0, half / 2, 2).CopyFrom<float>([30, 40]);
        Compare.Equal(ends.Narrow(1, 0, 2), [10, 20, 30, 40], [2, 2], "far rows");
        Compare.Equal(ends.Permute(1, 0).Narrow(0, 0, 2), [10, 30, 20, 40], [2, 2], "far columns");
        tail.Fill(3);
        Compare.Equal(large.Select(0, count - 1), [3], [], "the last element");
    }
}
