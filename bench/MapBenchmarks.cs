using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Work over a number of elements.</summary>
public interface IMapWork : IWork
{
    /// <summary>Elements of each operand.</summary>
    long Count { get; }
}

/// <summary>The benchmarks of an op whose operands are all of one size: x and dy, of which it makes y and dx.</summary>
/// <typeparam name="TCase">Sizes; the class has a static <c>Cases</c> of them.</typeparam>
public abstract class MapBenchmarks<TCase> : OpBenchmarks<TCase>
    where TCase : class, IMapWork
{
    /// <summary>The operand.</summary>
    protected BufferView X { get; private set; }

    /// <summary>The gradient of the result.</summary>
    protected BufferView Dy { get; private set; }

    /// <summary>The result.</summary>
    protected BufferView Y { get; private set; }

    /// <summary>The gradient of the operand.</summary>
    protected BufferView Dx { get; private set; }

    protected sealed override void Make()
    {
        X = Random(Case.Count, 1);
        Dy = Random(Case.Count, 2);
        Y = Empty(Case.Count);
        Dx = Empty(Case.Count);
    }
}
