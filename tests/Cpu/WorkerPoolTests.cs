using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

[TestFixture]
public sealed unsafe class WorkerPoolTests
{
    private struct Counting : IParallelBody
    {
        public int* Seen;
        public int* Workers;

        public readonly void Run(long index, int worker)
        {
            Interlocked.Increment(ref Seen[index]);
            Interlocked.Exchange(ref Workers[worker], 1);
        }
    }

    private struct Throwing : IParallelBody
    {
        public long At;

        public readonly void Run(long index, int worker)
        {
            if (index == At)
                throw new InvalidOperationException($"task {index}");
        }
    }

    private struct Nested : IParallelBody
    {
        public nint Pool;
        public int* Total;

        public readonly void Run(long index, int worker)
        {
            var pool = (WorkerPool)System.Runtime.InteropServices.GCHandle.FromIntPtr(Pool).Target!;
            var workers = stackalloc int[8];
            var seen = stackalloc int[16];
            pool.Run(16, new Counting { Seen = seen, Workers = workers });
            for (var i = 0; i < 16; i++)
                Interlocked.Add(ref *Total, seen[i]);
        }
    }

    /// <summary>Two tasks that wait for each other, so each has a thread of its own, and note where theirs may run.</summary>
    private struct Meeting : IParallelBody
    {
        public static readonly string?[] Processors = new string?[2];

        public int* Arrived;

        public readonly void Run(long index, int worker)
        {
            Interlocked.Increment(ref *Arrived);
            var spinner = new SpinWait();
            while (Volatile.Read(ref *Arrived) < 2)
                spinner.SpinOnce();
            Processors[worker] = AllowedProcessors();
        }
    }

    private static string AllowedProcessors() =>
        File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal));

    [Test]
    public void A_woken_thread_may_run_wherever_it_might_before_it_slept()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Only on Linux are threads woken on another processor.");
        using var pool = new WorkerPool(2);
        for (var round = 0; round < 3; round++)
        {
            // Long enough to fall asleep.
            Thread.Sleep(100);
            var arrived = 0;
            pool.Run(2, new Meeting { Arrived = &arrived });
            Assert.That(Meeting.Processors, Is.All.EqualTo(AllowedProcessors()), $"round {round}");
        }
    }

    [Test]
    public void Every_task_runs_exactly_once([Values(1, 2, 3, 7)] int threads, [Values(0, 1, 2, 5, 257)] int count)
    {
        using var pool = new WorkerPool(threads);
        var seen = stackalloc int[300];
        var workers = stackalloc int[8];
        for (var round = 1; round <= 50; round++)
        {
            pool.Run(count, new Counting { Seen = seen, Workers = workers });
            for (var i = 0; i < 300; i++)
                Assert.That(seen[i], Is.EqualTo(i < count ? round : 0));
        }
    }

    [Test]
    public void A_sleeping_pool_wakes_up()
    {
        using var pool = new WorkerPool(3);
        var seen = stackalloc int[64];
        var workers = stackalloc int[8];
        for (var round = 1; round <= 5; round++)
        {
            Thread.Sleep(20);
            pool.Run(64, new Counting { Seen = seen, Workers = workers });
            Assert.That(seen[63], Is.EqualTo(round));
        }
    }

    [Test]
    public void An_exception_of_a_task_reaches_the_caller_and_the_pool_lives_on([Values(1, 2, 4)] int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var at = 0; at < 20; at++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => pool.Run(20, new Throwing { At = at }));
            Assert.That(error!.Message, Is.EqualTo($"task {at}"));
        }
        Assert.That(() => pool.Run(20, new Throwing { At = -1 }), Throws.Nothing);
    }

    [Test]
    public void A_loop_inside_a_task_runs_on_its_thread()
    {
        using var pool = new WorkerPool(2);
        var handle = System.Runtime.InteropServices.GCHandle.Alloc(pool);
        var total = 0;
        pool.Run(10, new Nested { Pool = System.Runtime.InteropServices.GCHandle.ToIntPtr(handle), Total = &total });
        handle.Free();
        Assert.That(total, Is.EqualTo(160));
    }

    [Test]
    public void Loops_of_several_callers_take_turns()
    {
        using var pool = new WorkerPool(2);
        var seen = new int[4];
        Parallel.For(0, 4, caller =>
        {
            var own = stackalloc int[100];
            var workers = stackalloc int[8];
            for (var round = 0; round < 100; round++)
                pool.Run(100, new Counting { Seen = own, Workers = workers });
            for (var i = 0; i < 100; i++)
                seen[caller] += own[i];
        });
        Assert.That(seen, Is.All.EqualTo(100 * 100));
    }

    [Test]
    public void A_dispatch_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        var seen = stackalloc int[8];
        var workers = stackalloc int[8];
        for (var i = 0; i < 10; i++)
            pool.Run(8, new Counting { Seen = seen, Workers = workers });
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            pool.Run(8, new Counting { Seen = seen, Workers = workers });
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void A_disposed_pool_refuses_work()
    {
        var pool = new WorkerPool(2);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(4, new Throwing { At = -1 }));
    }
}
