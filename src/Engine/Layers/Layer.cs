namespace ZfNet.Engine;

/// <summary>A step of a network, with the tensors that it learns.</summary>
public abstract class Layer : IDisposable
{
    private bool training = true;

    /// <summary>Whether the layer trains (dropout drops) or is evaluated. True at first, as in PyTorch.</summary>
    public virtual bool Training
    {
        get => training;
        set => training = value;
    }

    /// <summary>What the layer learns, by its name within the layer ("weight", "bias"). The layer owns the tensors.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> Parameters => [];

    /// <summary>Runs the layer. The result may be the argument itself where the layer changes nothing.</summary>
    public abstract Tensor Forward(Tensor x);

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the parameters and whatever else a layer holds.</summary>
    /// <param name="disposing">Always true: nothing here has a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var (_, parameter) in Parameters)
            parameter.Dispose();
    }

    /// <summary>A parameter: outside every scope, wanting a gradient, undefined until an initialiser fills it.</summary>
    private protected static Tensor Parameter(Shape shape, Kernels.DType dtype, Device? device)
    {
        var parameter = Tensor.Empty(shape, dtype, device).Unscoped();
        parameter.RequiresGrad = true;
        return parameter;
    }
}
