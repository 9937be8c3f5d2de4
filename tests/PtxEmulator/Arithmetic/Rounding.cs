namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Which neighbour an inexact result becomes.</summary>
internal enum Rounding
{
    /// <summary>The nearest; of two equally near, the one with an even last bit (rn, rni).</summary>
    Nearest,

    /// <summary>The one nearer zero (rz, rzi).</summary>
    Zero,

    /// <summary>The lower (rm, rmi).</summary>
    Down,

    /// <summary>The upper (rp, rpi).</summary>
    Up,

    /// <summary>The nearest; of two equally near, the one farther from zero (rna).</summary>
    NearestAway,
}
