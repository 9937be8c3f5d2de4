namespace ZfNet.Kernels.Cuda;

/// <summary>
/// A convolution as matrix products: its geometry, and the number of windows, which a transposed convolution gives.
/// </summary>
internal readonly record struct ConvolutionShape
{
    /// <summary>A convolution.</summary>
    public ConvolutionShape(in Conv2dGeometry g)
    {
        Geometry = g;
        (OH, OW) = (g.OH, g.OW);
    }

    /// <summary>
    /// The convolution whose input gradient a transposed convolution is: x is its output, y its input.
    /// </summary>
    public ConvolutionShape(in ConvTranspose2dGeometry g)
    {
        Geometry = g.Convolution;
        // Where padding was added to the output, more windows may fit than there are.
        (OH, OW) = (g.H, g.W);
    }

    /// <summary>The geometry; its own number of windows is not used.</summary>
    public Conv2dGeometry Geometry { get; }

    /// <summary>Windows down.</summary>
    public int OH { get; }

    /// <summary>Windows across.</summary>
    public int OW { get; }

    /// <summary>Windows of a sample: the columns of its matrix.</summary>
    public int Positions => checked(OH * OW);

    /// <summary>Taps of a group's filter: the rows of its matrix.</summary>
    public int Taps => checked(Geometry.Cin / Geometry.Groups * Geometry.Kernel.H * Geometry.Kernel.W);

    /// <summary>Output channels of a group.</summary>
    public int Filters => Geometry.Cout / Geometry.Groups;

    /// <summary>Elements of a sample of x.</summary>
    public long InputSample => (long)Geometry.Cin * Geometry.H * Geometry.W;

    /// <summary>Elements of a sample of y.</summary>
    public long OutputSample => (long)Geometry.Cout * Positions;

    /// <summary>Whether x itself is the matrix of columns.</summary>
    public bool IsPointwise =>
        Geometry.Kernel == 1 && Geometry.Stride == 1 && Geometry.Padding == 0 && OH == Geometry.H && OW == Geometry.W;
}
