using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>
/// Persistent threads for parallel loops over independent tasks.
/// </summary>
/// <remarks>
/// A job is a struct on the caller's stack and a function pointer, so that a dispatch allocates nothing. Workers spin
/// for some milliseconds after a job and then sleep. Tasks are handed out one by one through an atomic counter; the
/// caller works too and never waits for a worker that has not entered yet, so a tiny job costs about what a plain
/// loop costs. A loop started inside a task runs on that task's thread (no oversubscription); loops started by
/// several threads take turns.
/// </remarks>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int Open = 1 << 30;

    /// <summary>Some milliseconds: an op that follows soon, as the next layer's does, need not wait for a thread to wake.</summary>
    private const int SpinRounds = 6000;

    [ThreadStatic]
    private static bool s_inside;

    private readonly Lock _gate = new();
    private readonly Thread[] _threads;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _asleep;
    private readonly WakePlacement[] _placement;
    private Shared _shared;
    private delegate*<void*, long, int, void> _run;
    private void* _body;
    private long _count;
    private ExceptionDispatchInfo? _error;
    private volatile bool _stop;

    /// <summary>Starts <paramref name="threads"/> - 1 background threads; the caller of a loop is the remaining one.</summary>
    /// <param name="threads">How many threads a loop uses, at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _threads = new Thread[threads - 1];
        _wake = new AutoResetEvent[threads - 1];
        _asleep = new int[threads - 1];
        _placement = new WakePlacement[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _wake[i] = new AutoResetEvent(false);
            _placement[i] = new WakePlacement();
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"ZfNet worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads that run a loop, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs tasks 0 to <paramref name="count"/> - 1 of <paramref name="body"/> and returns when all are done.</summary>
    /// <exception cref="Exception">The first exception a task threw, after every running task has ended; tasks not yet
    /// started are skipped.</exception>
    public void Run<TBody>(long count, in TBody body)
        where TBody : unmanaged, IParallelBody
    {
        if (count <= 0)
            return;
        var local = body;
        if (count == 1 || Threads == 1 || s_inside)
        {
            for (long i = 0; i < count; i++)
                local.Run(i, 0);
            return;
        }
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop, this);
            RunLocked(&local, &Trampoline<TBody>, count);
        }
    }

    private static void Trampoline<TBody>(void* body, long index, int worker)
        where TBody : unmanaged, IParallelBody => ((TBody*)body)->Run(index, worker);

    private void RunLocked(void* body, delegate*<void*, long, int, void> run, long count)
    {
        _body = body;
        _run = run;
        _count = count;
        _error = null;
        Volatile.Write(ref _shared.Next, 0);
        Volatile.Write(ref _shared.State, Open);
        Interlocked.Increment(ref _shared.Sequence);
        var helpers = (int)Math.Min(_threads.Length, count - 1);
        for (var i = 0; i < helpers; i++)
        {
            if (Volatile.Read(ref _asleep[i]) != 0 && Interlocked.Exchange(ref _asleep[i], 0) != 0)
            {
                _placement[i].KeepAway();
                _wake[i].Set();
            }
        }
        s_inside = true;
        Drain(0);
        s_inside = false;

        // Close the door, then wait only for the workers that are inside.
        Interlocked.And(ref _shared.State, ~Open);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _shared.State) != 0)
            spinner.SpinOnce(sleep1Threshold: -1);
        _body = null;
        var error = _error;
        _error = null;
        error?.Throw();
    }

    private void Drain(int worker)
    {
        var count = _count;
        try
        {
            while (true)
            {
                var index = Interlocked.Increment(ref _shared.Next) - 1;
                if (index >= count)
                    return;
                _run(_body, index, worker);
            }
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
            Volatile.Write(ref _shared.Next, count);
        }
    }

    private void Work(int worker)
    {
        s_inside = true;
        _placement[worker - 1].Introduce();
        var seen = 0;
        while (!_stop)
        {
            WaitForJob(worker, ref seen);
            if (!TryEnter())
                continue;
            Drain(worker);
            Interlocked.Decrement(ref _shared.State);
        }
    }

    private bool TryEnter()
    {
        while (true)
        {
            var state = Volatile.Read(ref _shared.State);
            if ((state & Open) == 0)
                return false;
            if (Interlocked.CompareExchange(ref _shared.State, state + 1, state) == state)
                return true;
        }
    }

    private void WaitForJob(int worker, ref int seen)
    {
        for (var i = 0; i < SpinRounds && !_stop; i++)
        {
            if (SawNew(ref seen))
                return;
            Thread.SpinWait(8);
        }
        var asleep = worker - 1;
        while (!_stop)
        {
            // Announce sleep first, then look again: a job published in between sees the announcement and sets the event.
            Interlocked.Exchange(ref _asleep[asleep], 1);
            if (SawNew(ref seen))
            {
                if (Interlocked.Exchange(ref _asleep[asleep], 0) == 0)
                    Sleep(asleep);
                return;
            }
            Sleep(asleep);
        }
    }

    private void Sleep(int thread)
    {
        _wake[thread].WaitOne();
        _placement[thread].Return();
    }

    private bool SawNew(ref int seen)
    {
        var now = Volatile.Read(ref _shared.Sequence);
        if (now == seen)
            return false;
        seen = now;
        return true;
    }

    /// <summary>Ends the threads. Loops started later throw.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stop)
                return;
            _stop = true;
        }
        foreach (var wake in _wake)
            wake.Set();
        foreach (var thread in _threads)
            thread.Join();
        foreach (var wake in _wake)
            wake.Dispose();
    }

    /// <summary>The three words that threads write, each on a cache line pair of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Shared
    {
        [FieldOffset(128)]
        public long Next;

        [FieldOffset(256)]
        public int State;

        [FieldOffset(384)]
        public int Sequence;
    }
}
