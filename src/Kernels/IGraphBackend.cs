namespace ZfNet.Kernels;

/// <summary>A backend that can write work down once and run it again and again.</summary>
public interface IGraphBackend : IBackend
{
    /// <summary>Starts to write work down; ended by one of the recorder's methods.</summary>
    IRecorder BeginRecording();
}

/// <summary>
/// Work while it is written down. Nothing of it runs, so nothing may be uploaded or downloaded. Memory that is taken in between stays
/// with the recorded work.
/// </summary>
public interface IRecorder
{
    /// <summary>Takes the ops and gives the memory in between.</summary>
    IBackend Backend { get; }

    /// <summary>Ends the recording and returns what was written down.</summary>
    IRecordedWork End();

    /// <summary>Ends the recording and forgets what was written down.</summary>
    void Drop();
}

/// <summary>Work that can be run again and again; disposing it gives back the memory that only it used.</summary>
public interface IRecordedWork : IDisposable
{
    /// <summary>Runs it, after the work that was given so far.</summary>
    /// <exception cref="ObjectDisposedException">A buffer that it works on was disposed since it was recorded.</exception>
    void Run();
}
