using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>How the samples' losses become one number.</summary>
public enum Reduction
{
    /// <summary>Divided by the number (or total class weight) of the samples that count; NaN when none does.</summary>
    Mean,

    /// <summary>Added up.</summary>
    Sum,
}

public static partial class Ops
{
    /// <summary>Cross-entropy of logits with labels. Semantics of PyTorch's cross_entropy.</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="labels">Int32 [N], each a class or <paramref name="ignoreIndex"/>.</param>
    /// <param name="weight">Class weights [C], or null. Not differentiated.</param>
    /// <param name="labelSmoothing">Share of the target spread over all classes, in [0, 1].</param>
    /// <param name="ignoreIndex">Samples with this label count for nothing.</param>
    /// <param name="reduction">Mean or sum.</param>
    /// <returns>A scalar, shape [].</returns>
    /// <exception cref="ShapeException">Shapes or element types do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is neither a class nor the ignored one.</exception>
    public static Tensor CrossEntropy(
        this Tensor logits, Tensor labels, Tensor? weight = null, double labelSmoothing = 0, int ignoreIndex = -100, Reduction reduction = Reduction.Mean)
    {
        const string op = "cross_entropy";
        Check.Rank(op, "logits", logits, 2, "[N, C]");
        Check.Index(op, "labels", labels, logits, [logits.Shape[0]]);
        if (weight is not null)
        {
            Check.Fits(op, "weight", weight, logits);
            Check.Shape(op, "weight", weight, [logits.Shape[1]]);
        }
        Check.That(labelSmoothing is >= 0 and <= 1, op, "label_smoothing", "in [0, 1]", $"{labelSmoothing}");
        var g = new CrossEntropyGeometry(
            Check.Int(logits.Shape[0]), Check.Int(logits.Shape[1]), ignoreIndex, labelSmoothing, reduction == Reduction.Mean);

        (logits, labels, weight) = (logits.Contiguous(), labels.Contiguous(), weight?.Contiguous());
        var loss = Tensor.Empty([], logits.DType, logits.Device);
        logits.Backend.CrossEntropyForward(g, logits.View, labels.View, weight?.View, loss.View);
        if (Autograd.Needed(logits))
            loss.Node = new CrossEntropyNode(g, logits, labels, weight);
        return loss;
    }

    private sealed class CrossEntropyNode : GradNode
    {
        private readonly CrossEntropyGeometry g;
        private readonly Tensor logits, labels;
        private readonly Tensor? weight;

        public CrossEntropyNode(CrossEntropyGeometry g, Tensor logits, Tensor labels, Tensor? weight)
            : base("cross_entropy", logits)
        {
            this.g = g;
            this.logits = Save(logits);
            this.labels = Save(labels);
            this.weight = weight is null ? null : Save(weight);
        }

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var dx = Tensor.Empty(logits.Shape, gradient.DType, gradient.Device);
            gradient.Backend.CrossEntropyBackward(g, logits.View, labels.View, weight?.View, gradient.View, dx.View);
            return [dx];
        }
    }
}
