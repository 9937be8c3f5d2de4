namespace ZfNet.Tests.Training;

/// <summary>Progress that is told at once, on the thread that reports it.</summary>
internal sealed class Now<T>(Action<T> told) : IProgress<T>
{
    public void Report(T value) => told(value);
}
