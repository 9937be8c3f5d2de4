using Perfolizer.Horology;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>
/// BenchmarkDotNet's clock on a GPU: it asks for the time before and after an iteration, and each of the two places a
/// CUDA event on the stream. The second one waits, and the time between the events is what passed. So neither the
/// host's waiting nor, but for the first launch of an iteration, its calls are in it.
/// </summary>
public sealed class EventClock(IGpuRuntime runtime) : IClock, IDisposable
{
    private readonly IGpuEvent start = runtime.CreateEvent(), end = runtime.CreateEvent();
    private bool running;
    private double nanoseconds;

    /// <inheritdoc/>
    public string Title => "CUDA events";

    /// <inheritdoc/>
    public bool IsAvailable => true;

    /// <summary>Timestamps are nanoseconds.</summary>
    public Frequency Frequency => new(1e9);

    /// <summary>Starts an interval, or ends the one that runs.</summary>
    public long GetTimestamp()
    {
        running = !running;
        if (running)
        {
            // What came before is over, so that the interval holds nothing else.
            runtime.Synchronize();
            start.Record(runtime.DefaultStream);
        }
        else
        {
            end.Record(runtime.DefaultStream);
            end.Synchronize();
            nanoseconds += 1e6 * end.MillisecondsSince(start);
        }
        return (long)nanoseconds;
    }

    /// <summary>Milliseconds of an action.</summary>
    public double Milliseconds(Action action)
    {
        var before = GetTimestamp();
        action();
        return (GetTimestamp() - before) / 1e6;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        start.Dispose();
        end.Dispose();
    }
}
