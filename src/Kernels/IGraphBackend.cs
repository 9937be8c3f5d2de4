namespace ZfNet.Kernels;

/// <summary>
/// A backend whose device can write work down once and run it again and again. Work is given as ever in between; nothing
/// of it runs, so nothing may be uploaded or downloaded. Memory that is taken in between stays with the recorded work.
/// </summary>
public interface IGraphBackend : IBackend
{
    /// <summary>From now on, until <see cref="EndRecording"/> or <see cref="DropRecording"/>, ops are written down.</summary>
    void BeginRecording();

    /// <summary>Ends the recording and returns what was written down.</summary>
    IRecordedWork EndRecording();

    /// <summary>Ends the recording and forgets what was written down.</summary>
    void DropRecording();
}

/// <summary>Work that can be run again and again; disposing it gives back the memory that only it used.</summary>
public interface IRecordedWork : IDisposable
{
    /// <summary>Runs it, after the work that was given so far.</summary>
    /// <exception cref="ObjectDisposedException">A buffer that it works on was disposed since it was recorded.</exception>
    void Run();
}
