using System.Globalization;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>
/// Checks gradients in float64 against central differences, in Caffe's taste: f = the sum of the op's output times a
/// seeded random upstream gradient (all ones would make softmax's gradient 0, and prove nothing), every element of every
/// argument moved up and down by a step and by half of it.
/// </summary>
/// <remarks>
/// The two differences are extrapolated (error of the fourth order). Where they disagree, or where the second differences
/// do not shrink with the step, f has a kink within the step: the element is skipped and counted, and a test says how many
/// skips it expects. The analytic gradient has no part in that decision, so a wrong one is never skipped. An argument
/// whose every slope is 0 fails: it proves nothing.
/// </remarks>
internal static class GradientCheck
{
    private const double Step = 1e-4;

    // A third derivative of some hundreds stays below this; a kink of less would show as a fault, not pass unseen.
    private const double Kink = 1e-6;

    /// <summary>What a check found, with one sentence for each fault.</summary>
    public sealed record Report(int Checked, int Skipped, IReadOnlyList<string> Faults);

    /// <summary>Fails the test on any fault, or when other than <paramref name="skipped"/> elements lay on a kink.</summary>
    /// <param name="family">Whose tolerance holds.</param>
    /// <param name="device">Where the op runs.</param>
    /// <param name="op">Under test.</param>
    /// <param name="arguments">What it is checked at.</param>
    /// <param name="skipped">Elements that lie on a kink.</param>
    public static void Run(
        string family, Device device, Func<Tensor[], Tensor> op, Argument[] arguments, int skipped = 0)
    {
        var tolerance = Tolerances.For(family, DType.Float64, "difference");
        var report = Measure(tolerance, device, op, arguments);
        if (report.Skipped > 0)
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Checked} elements checked, {report.Skipped} skipped at kinks"));
        if (report.Faults.Count > 0)
            Assert.Fail(string.Join("\n", report.Faults));
        Assert.That(report.Skipped, Is.EqualTo(skipped), "elements skipped at kinks");
    }

    /// <summary>Checks without failing.</summary>
    public static Report Measure(
        Tolerance tolerance, Device device, Func<Tensor[], Tensor> op, Argument[] arguments, int seed = 4711)
    {
        using var scope = new TensorScope();
        var tensors = Array.ConvertAll(arguments, argument => argument.Make(DType.Float64, device));
        var y = op(tensors);
        var upstream = Values.Random(seed, y.Count, -2, 2);
        y.Backward(Tensor.From(upstream, y.Shape, device));

        var check = new Check(tolerance, device, op, arguments, upstream);
        for (var i = 0; i < arguments.Length; i++)
            check.Argument(i, tensors[i].Grad);
        return new Report(check.Checked, check.Skipped, check.Faults);
    }

    private sealed class Check(
        Tolerance tolerance, Device device, Func<Tensor[], Tensor> op, Argument[] arguments, double[] upstream)
    {
        private readonly double[][] elements = Array.ConvertAll(arguments, argument => (double[])argument.Elements.Clone());

        public int Checked { get; private set; }

        public int Skipped { get; private set; }

        public List<string> Faults { get; } = [];

        public void Argument(int index, Tensor? gradient)
        {
            var argument = arguments[index];
            if (gradient is null || gradient.Shape != argument.Shape)
            {
                Faults.Add($"{argument.Name}: the gradient {(gradient is null ? "is missing" : $"has shape {gradient.Shape}")}; expected shape {argument.Shape}.");
                return;
            }
            var analytic = gradient.ToArray<double>();
            List<double> actual = [], expected = [];
            List<int> places = [];
            var centre = Evaluate();
            for (var i = 0; i < analytic.Length; i++)
            {
                if (Slope(index, i, centre) is not { } slope)
                {
                    Skipped++;
                    continue;
                }
                Checked++;
                places.Add(i);
                actual.Add(analytic[i]);
                expected.Add(slope);
            }
            var comparison = Compare.Measure([.. actual], [.. expected], [actual.Count], tolerance, $"gradient of {argument.Name} {argument.Shape}, flat index");
            if (!comparison.Passed)
                Faults.Add($"{comparison.Message} (That is flat element {places[comparison.Worst]} of {argument.Name}.)");
            if (argument.Elements.Length > 0 && !expected.Exists(slope => slope != 0))
                Faults.Add($"{argument.Name}: every slope is 0 or was skipped, so the check proves nothing.");
        }

        /// <summary>The derivative by one element, or null where f has a kink within the step.</summary>
        private double? Slope(int index, int i, double centre)
        {
            var (slope, bend) = Difference(index, i, Step, centre);
            var (halfSlope, halfBend) = Difference(index, i, Step / 2, centre);
            // Slopes of a smooth f agree to the square of the step, and bends shrink with it; at a kink they do not.
            var jump = Kink * Math.Max(1, Math.Abs(slope));
            if (Math.Abs(slope - halfSlope) > jump || Math.Abs(bend - 2 * halfBend) > jump)
                return null;
            return (4 * halfSlope - slope) / 3;
        }

        private (double Slope, double Bend) Difference(int index, int i, double step, double centre)
        {
            var element = elements[index][i];
            elements[index][i] = element + step;
            var up = Evaluate();
            elements[index][i] = element - step;
            var down = Evaluate();
            elements[index][i] = element;
            return ((up - down) / (2 * step), (up - 2 * centre + down) / step);
        }

        private double Evaluate()
        {
            using var mode = Autograd.NoGrad();
            using var scope = new TensorScope();
            var tensors = new Tensor[arguments.Length];
            for (var i = 0; i < tensors.Length; i++)
                tensors[i] = Tensor.From(elements[i], arguments[i].Shape, device);
            var y = op(tensors).ToArray<double>();
            double total = 0;
            for (var i = 0; i < y.Length; i++)
                total += y[i] * upstream[i];
            return total;
        }
    }
}
