using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Training;

/// <summary>Finds where numbers stop being finite.</summary>
internal static class NonFinite
{
    /// <summary>
    /// Runs a network layer by layer and says, for the end of a sentence, where its loss stops being finite.
    /// </summary>
    /// <param name="network">With its generators as before the pass that failed.</param>
    /// <param name="input">The batch of that pass.</param>
    public static string InForward(Layer network, Tensor input)
    {
        using var mode = Autograd.NoGrad();
        using var scope = new TensorScope();
        if (!IsFinite(input))
            return "it is in the network's input already";
        string? found = null;
        Forward(network, input, "", ref found);
        return found ?? "the network's outputs are finite, their cross-entropy is not";
    }

    /// <summary>The parameter whose gradient stops being finite: the first that backward comes to.</summary>
    public static string? InGradients(Layer network) =>
        network.Parameters.LastOrDefault(parameter => parameter.Value.Grad is { } gradient && !IsFinite(gradient)).Key;

    /// <summary>The first parameter that is not finite, or null.</summary>
    public static string? InParameters(Layer network) =>
        network.Parameters.FirstOrDefault(parameter => !IsFinite(parameter.Value)).Key;

    private static Tensor Forward(Layer layer, Tensor x, string name, ref string? found)
    {
        if (layer is Sequential sequence)
        {
            foreach (var (key, inner) in sequence.Layers)
                if (found is null)
                    x = Forward(inner, x, name.Length == 0 ? key : $"{name}.{key}", ref found);
            return x;
        }
        var y = layer.Forward(x);
        if (!IsFinite(y))
            found = InParameters(layer) is { } parameter
                ? $"it first appears in layer '{name}', whose {parameter} the gradient of an earlier step has spoilt"
                : $"it first appears in the output of layer '{name}'";
        return y;
    }

    private static bool IsFinite(Tensor tensor)
    {
        using var mode = Autograd.NoGrad();
        using var scope = new TensorScope();
        // A finite sum has finite terms; the sum of finite ones may pass the largest number.
        return double.IsFinite(tensor.Sum().Item()) || (tensor.DType == DType.Float64
            ? tensor.ToArray<double>().All(double.IsFinite)
            : tensor.ToArray<float>().All(float.IsFinite));
    }
}
