using ZfNet.Engine;

namespace ZfNet.Tests.Training;

/// <summary>One convolution, one pool, dropout, one linear layer: enough to learn <see cref="StripedPictures"/>.</summary>
internal static class TinyNetwork
{
    public static Sequential Make(ulong seed, Device? device = null, int classes = 3, double dropout = 0.2)
    {
        var generator = new Generator(seed);
        var conv = new Conv2d(3, 8, 5, stride: 1, padding: 2, device: device);
        var linear = new Linear(8 * 6 * 6, classes, device: device);
        Init.KaimingNormalFanOut(conv, generator);
        Init.Normal(linear, 0.01, generator);
        return new([
            new("conv", conv), new("relu", new ReLU()), new("pool", new MaxPool2d(2)), new("flatten", new Flatten()),
            new("dropout", new Dropout(dropout, new Generator(seed + 1))), new("linear", linear)]);
    }

    public static byte[] Bits(Sequential network) =>
        [.. network.Parameters.SelectMany(p => p.Value.ToArray<float>()).SelectMany(BitConverter.GetBytes)];
}
