namespace ZfNet.Kernels;

/// <summary>A value for the vertical and one for the horizontal direction (kernel size, stride, padding, dilation).</summary>
/// <param name="H">Vertical.</param>
/// <param name="W">Horizontal.</param>
public readonly record struct Pair(int H, int W)
{
    /// <summary>The same value in both directions.</summary>
    public static implicit operator Pair(int both) => new(both, both);

    /// <summary>The same value in both directions.</summary>
    public static Pair FromInt32(int both) => both;

    /// <summary>"3x3".</summary>
    public override string ToString() => $"{H}x{W}";
}
