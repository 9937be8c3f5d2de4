using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>The optimiser's pass over a fully connected layer's weights, with a rate of 0 so that they stay.</summary>
public class SgdBenchmarks : OpBenchmarks<MapCase>
{
    // With momentum w, g and v are read and w and v written; without, w and g read and w written.
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new() { [nameof(Momentum)] = (5, 6), [nameof(Plain)] = (3, 4) };

    private BufferView _w, _g, _v;

    public static IEnumerable<MapCase> Cases =>
        from layer in Sizes.Linears
        where layer.Geometry.N == Sizes.Batch
        select new MapCase(layer.Name, (long)layer.Geometry.In * layer.Geometry.Out, Costs);

    [Benchmark]
    public void Momentum() => Backend.Sgd(new SgdStep(0, 0.9, 5e-4), _g, _v, _w);

    [Benchmark]
    public void Plain() => Backend.Sgd(new SgdStep(0, 0, 5e-4), _g, null, _w);

    protected override void Make()
    {
        _w = Random(Case.Count, 1);
        _g = Random(Case.Count, 2);
        _v = Random(Case.Count, 3);
    }

    private protected override void Verify(HostCheck host)
    {
        foreach (var some in HostCheck.Ends(Case.Count / 8, 1000))
        {
            BufferView Part(BufferView view) => HostCheck.Part(view, Case.Count / 8, some);
            BufferView w = host.Copy(Part(_w)), g = host.Copy(Part(_g)), v = host.Copy(Part(_v));
            var step = new SgdStep(0.1, 0.9, 5e-4);
            host.Plain.Sgd(step, g, v, w);
            host.Plain.Sgd(step with { Momentum = 0 }, g, null, w);
            Backend.Sgd(step, Part(_g), Part(_v), Part(_w));
            Backend.Sgd(step with { Momentum = 0 }, Part(_g), null, Part(_w));
            host.Near(Part(_v), v, 2, 3);
            host.Near(Part(_w), w, 2, 6);
        }
        // The whole, so that nothing is fresh when the clock starts.
        Momentum();
        Plain();
    }
}
