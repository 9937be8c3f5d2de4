using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>A convolution layer: <see cref="Ops.Conv2d"/> with learned filters [Cout, Cin/groups, KH, KW] and bias [Cout].</summary>
public sealed class Conv2d : WeightedLayer
{
    /// <summary>Makes the layer; its parameters are undefined until one of <see cref="Init"/> or a weight file fills them.</summary>
    public Conv2d(
        int inChannels, int outChannels, Pair kernel, Pair? stride = null, Pair? padding = null, Pair? dilation = null, int groups = 1,
        bool bias = true, DType dtype = DType.Float32, Device? device = null)
        : base([outChannels, inChannels / Math.Max(groups, 1), kernel.H, kernel.W], outChannels, bias, dtype, device)
    {
        Stride = stride ?? 1;
        Padding = padding ?? 0;
        Dilation = dilation ?? 1;
        Groups = groups;
    }

    /// <summary>Makes the layer over given parameters, which it owns from here on (memory-mapped weights, say).</summary>
    /// <param name="weight">Filters [Cout, Cin/groups, KH, KW].</param>
    /// <param name="bias">[Cout], or null.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Zeros on each side.</param>
    /// <param name="dilation">Step inside a window.</param>
    /// <param name="groups">Channel groups.</param>
    public Conv2d(Tensor weight, Tensor? bias, Pair? stride = null, Pair? padding = null, Pair? dilation = null, int groups = 1)
        : base(weight, bias, 4)
    {
        Stride = stride ?? 1;
        Padding = padding ?? 0;
        Dilation = dilation ?? 1;
        Groups = groups;
    }

    /// <summary>Filter size.</summary>
    public Pair Kernel => new((int)Weight.Shape[2], (int)Weight.Shape[3]);

    /// <summary>Step between windows.</summary>
    public Pair Stride { get; }

    /// <summary>Zeros on each side.</summary>
    public Pair Padding { get; }

    /// <summary>Step inside a window.</summary>
    public Pair Dilation { get; }

    /// <summary>Channel groups.</summary>
    public int Groups { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <summary>
    /// Rows and columns of a tile of the output: a device may compute the outputs of a tile together (Winograd's transforms), so that
    /// a change of the tile's input changes the last bits of all of them. 1x1 where every output is a sum of its own.
    /// </summary>
    /// <param name="input">The input's shape, [N, Cin, H, W].</param>
    public Pair OutputTile(Shape input) => Weight.Backend.Conv2dTile(
        Ops.Geometry(input, Weight.Shape, Stride, Padding, Dilation, Groups), Weight.DType);

    /// <summary>The convolution, and the rectifier that follows it.</summary>
    internal Tensor Forward(Tensor x, ReLU? relu) =>
        x.Conv2d(Weight, Bias, Stride, Padding, Dilation, Groups, relu?.Rule);
}
