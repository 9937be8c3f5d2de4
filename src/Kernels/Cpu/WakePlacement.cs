using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>
/// Wakes a sleeping thread on another processor than the waker's, which is about to be busy. Linux likes to wake a thread where
/// its waker runs, and on virtual machines that do not tell it which processors share a cache it leaves the thread waiting
/// there for milliseconds while others idle. Advice only: where it is not understood nothing changes.
/// </summary>
internal sealed unsafe partial class WakePlacement
{
    /// <summary>Words of a mask of 1,024 processors; the systems of larger machines refuse it.</summary>
    private const int Words = 16;

    private readonly ulong[] _allowed = new ulong[Words];
    private int _thread;
    private bool _moved;

    /// <summary>Called by the thread itself, before it first sleeps.</summary>
    public void Introduce()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _thread = GetThread();
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library without these calls: threads wake where the system likes.
        }
    }

    /// <summary>Called by the waker just before it wakes the thread.</summary>
    public void KeepAway()
    {
        if (_thread == 0)
            return;
        fixed (ulong* allowed = _allowed)
        {
            var here = GetProcessor();
            _allowed.AsSpan().Clear();
            if (here is < 0 or >= Words * 64 || GetAffinity(_thread, Words * sizeof(ulong), allowed) < 0)
                return;
            var others = stackalloc ulong[Words];
            _allowed.CopyTo(new Span<ulong>(others, Words));
            others[here / 64] &= ~(1UL << (here % 64));
            // Refused where that leaves none.
            _moved = SetAffinity(_thread, Words * sizeof(ulong), others) == 0;
        }
    }

    /// <summary>Called by the thread when it has woken: it may run again wherever it might before.</summary>
    public void Return()
    {
        if (!_moved)
            return;
        _moved = false;
        fixed (ulong* allowed = _allowed)
            _ = SetAffinity(_thread, Words * sizeof(ulong), allowed);
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThread();

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    private static partial int GetProcessor();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}
