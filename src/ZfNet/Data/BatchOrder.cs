namespace ZfNet.Data;

/// <summary>The order in which an epoch visits the pictures: a function of count, seed and epoch alone, so a resumed run
/// and a run with other workers see the same batches.</summary>
public static class BatchOrder
{
    /// <summary>0, 1, ..., count - 1.</summary>
    /// <param name="count">Number of pictures.</param>
    public static int[] InOrder(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. Enumerable.Range(0, count)];
    }

    /// <summary>A shuffle (Fisher-Yates) that every seed and epoch draws anew.</summary>
    /// <param name="count">Number of pictures.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">0-based.</param>
    public static int[] Shuffled(int count, ulong seed, int epoch)
    {
        int[] order = InOrder(count);
        for (int i = count - 1; i > 0; i--)
        {
            int j = SeededHash.Below(i + 1, seed, (ulong)epoch, (ulong)i, 0);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>Cuts an order into batches; the last one may be smaller.</summary>
    /// <param name="order">Indices of pictures.</param>
    /// <param name="batchSize">At least 1.</param>
    /// <param name="dropLast">Leaves out a smaller last batch.</param>
    public static IReadOnlyList<ArraySegment<int>> Batches(int[] order, int batchSize, bool dropLast = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var batches = new List<ArraySegment<int>>();
        for (int i = 0; i < order.Length; i += batchSize)
        {
            int size = Math.Min(batchSize, order.Length - i);
            if (size == batchSize || !dropLast) batches.Add(new(order, i, size));
        }
        return batches;
    }
}
