using System.Collections.Concurrent;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// What blocks of a launch have ordered among themselves: a block that fences and then publishes by an atomic comes,
/// with
/// all that it did before the fence, before any block that later runs an atomic. (Which location the atomics were on is
/// not
/// looked at, so a race that hides behind an unrelated atomic is missed; an ordered access is never called a race.)
/// </summary>
internal sealed class BlockOrder
{
    private readonly ConcurrentDictionary<long, State> blocks = new();
    private long time;

    /// <summary>A block fences.</summary>
    public void Fence(long block) => Of(block).Fenced = true;

    /// <summary>A block is about to run an atomic.</summary>
    public void BeforeAtomic(long block)
    {
        var state = Of(block);
        if (!state.Fenced)
            return;
        if (state.Released == 0)
            state.Released = Interlocked.Increment(ref time);
        state.Fenced = false;
    }

    /// <summary>A block has run an atomic: what it read of others was released before.</summary>
    public void AfterAtomic(long block) => Of(block).Acquired = Interlocked.Increment(ref time);

    /// <summary>
    /// Whether what <paramref name="first"/> published comes before what <paramref name="second"/> does now.
    /// </summary>
    public bool Comes(long first, long second)
    {
        var released = Of(first).Released;
        return released > 0 && Of(second).Acquired > released;
    }

    private State Of(long block) => blocks.GetOrAdd(block, static _ => new State());

    private sealed class State
    {
        public volatile bool Fenced;
        private long acquired;
        private long released;

        public long Acquired
        {
            get => Volatile.Read(ref acquired);
            set => Volatile.Write(ref acquired, value);
        }

        public long Released
        {
            get => Volatile.Read(ref released);
            set => Volatile.Write(ref released, value);
        }
    }
}
