namespace ZfNet.Engine;

/// <summary>An argument's shape, element type or device does not fit; the message names op, argument, expected and actual.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>Says it in one sentence.</summary>
    public ShapeException(string message)
        : base(message)
    {
    }

    /// <summary>"conv2d: weight has shape [2, 3]; expected 4 axes [Cout, Cin/groups, KH, KW]."</summary>
    public ShapeException(string op, string argument, string expected, string actual)
        : base($"{op}: {argument} is {actual}; expected {expected}.")
    {
    }
}
