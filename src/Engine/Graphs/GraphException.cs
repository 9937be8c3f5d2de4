namespace ZfNet.Engine;

/// <summary>A <see cref="DeviceGraph"/> cannot do what its function or its caller asks; the message says why.</summary>
public sealed class GraphException : InvalidOperationException
{
    /// <summary>Says it in one sentence.</summary>
    public GraphException(string message)
        : base(message)
    {
    }
}
