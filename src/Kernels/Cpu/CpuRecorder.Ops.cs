namespace ZfNet.Kernels;

/// <content>Every op's call, in the order of their names.</content>
internal sealed partial class CpuRecorder
{
    /// <inheritdoc/>
    public void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y)
    {
        var geometry = g;
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.AvgPool2dForward(geometry, countIncludePad, x, y));
    }

    /// <inheritdoc/>
    public void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx)
    {
        var geometry = g;
        (dy, dx) = (At(dy), At(dx));
        calls.Add(() => backend.AvgPool2dBackward(geometry, countIncludePad, dy, dx));
    }

    /// <inheritdoc/>
    public void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y)
    {
        var geometry = g;
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.AvgUnpool2dForward(geometry, mode, x, y));
    }

    /// <inheritdoc/>
    public void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx)
    {
        var geometry = g;
        (dy, dx) = (At(dy), At(dx));
        calls.Add(() => backend.AvgUnpool2dBackward(geometry, mode, dy, dx));
    }

    /// <inheritdoc/>
    public void Narrow(BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.Narrow(x, y));
    }

    /// <inheritdoc/>
    public void Widen(BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.Widen(x, y));
    }

    /// <inheritdoc/>
    public void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums)
    {
        (x, sums) = (At(x), At(sums));
        calls.Add(() => backend.ChannelSum(outer, channels, inner, x, sums));
    }

    /// <inheritdoc/>
    public void Conv2dForward(in Conv2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y, bool relu = false)
    {
        var geometry = g;
        (x, w, bias, y) = (At(x), At(w), At(bias), At(y));
        calls.Add(() => backend.Conv2dForward(geometry, x, w, bias, y, relu));
    }

    /// <inheritdoc/>
    public Pair Conv2dTile(in Conv2dGeometry g, DType dtype) => backend.Conv2dTile(g, dtype);

    /// <inheritdoc/>
    public void Conv2dBackwardInput(in Conv2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        var geometry = g;
        (dy, w, dx) = (At(dy), At(w), At(dx));
        calls.Add(() => backend.Conv2dBackwardInput(geometry, dy, w, dx));
    }

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(in Conv2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        var geometry = g;
        (x, dy, dw) = (At(x), At(dy), At(dw));
        calls.Add(() => backend.Conv2dBackwardWeight(geometry, x, dy, dw));
    }

    /// <inheritdoc/>
    public void ConvTranspose2dForward(in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        var geometry = g;
        (x, w, bias, y) = (At(x), At(w), At(bias), At(y));
        calls.Add(() => backend.ConvTranspose2dForward(geometry, x, w, bias, y));
    }

    /// <inheritdoc/>
    public void ConvTranspose2dBackwardInput(in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        var geometry = g;
        (dy, w, dx) = (At(dy), At(w), At(dx));
        calls.Add(() => backend.ConvTranspose2dBackwardInput(geometry, dy, w, dx));
    }

    /// <inheritdoc/>
    public void ConvTranspose2dBackwardWeight(in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        var geometry = g;
        (x, dy, dw) = (At(x), At(dy), At(dw));
        calls.Add(() => backend.ConvTranspose2dBackwardWeight(geometry, x, dy, dw));
    }

    /// <inheritdoc/>
    public void Fill(double value, BufferView y)
    {
        y = At(y);
        calls.Add(() => backend.Fill(value, y));
    }

    /// <inheritdoc/>
    public void Copy(BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.Copy(x, y));
    }

    /// <inheritdoc/>
    public void CopyStrided(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y)
    {
        long[] extent = [.. sizes], from = [.. x.Strides], to = [.. y.Strides];
        var (source, target, first, start) = (At(x.Storage), At(y.Storage), x.Offset, y.Offset);
        calls.Add(() => backend.CopyStrided(extent, new StridedView(source, first, from), new StridedView(target, start, to)));
    }

    /// <inheritdoc/>
    public void CrossEntropyForward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView loss)
    {
        (x, labels, weight, loss) = (At(x), At(labels), At(weight), At(loss));
        calls.Add(() => backend.CrossEntropyForward(g, x, labels, weight, loss));
    }

    /// <inheritdoc/>
    public void CrossEntropyBackward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView dloss, BufferView dx)
    {
        (x, labels, weight, dloss, dx) = (At(x), At(labels), At(weight), At(dloss), At(dx));
        calls.Add(() => backend.CrossEntropyBackward(g, x, labels, weight, dloss, dx));
    }

    /// <inheritdoc/>
    public void Dropout(DropoutMask mask, BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        var stream = At(mask.StreamAt);
        calls.Add(() => backend.Dropout(Now(mask, stream), x, y));
    }

    /// <inheritdoc/>
    public void Add(BufferView a, BufferView b, BufferView y)
    {
        (a, b, y) = (At(a), At(b), At(y));
        calls.Add(() => backend.Add(a, b, y));
    }

    /// <inheritdoc/>
    public void Multiply(BufferView a, BufferView b, BufferView y)
    {
        (a, b, y) = (At(a), At(b), At(y));
        calls.Add(() => backend.Multiply(a, b, y));
    }

    /// <inheritdoc/>
    public void Scale(double factor, BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.Scale(factor, x, y));
    }

    /// <inheritdoc/>
    public void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        (x, w, bias, y) = (At(x), At(w), At(bias), At(y));
        calls.Add(() => backend.LinearForward(g, x, w, bias, y));
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        (dy, w, dx) = (At(dy), At(w), At(dx));
        calls.Add(() => backend.LinearBackwardInput(g, dy, w, dx));
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        (x, dy, dw) = (At(x), At(dy), At(dw));
        calls.Add(() => backend.LinearBackwardWeight(g, x, dy, dw));
    }

    /// <inheritdoc/>
    public bool Fuses(LinearGeometry g, DType dtype) => backend.Fuses(g, dtype);

    /// <inheritdoc/>
    public void LinearSgd(LinearGeometry g, SgdStep step, BufferView x, BufferView dy, BufferView? velocity, BufferView w)
    {
        (x, dy, velocity, w) = (At(x), At(dy), At(velocity), At(w));
        var rate = At(step.RateAt);
        calls.Add(() => backend.LinearSgd(g, Now(step, rate), x, dy, velocity, w));
    }

    /// <inheritdoc/>
    public void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y)
    {
        var geometry = g;
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.LocalResponseNormForward(geometry, x, y));
    }

    /// <inheritdoc/>
    public void LocalResponseNormBackward(in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx)
    {
        var geometry = g;
        (x, dy, dx) = (At(x), At(dy), At(dx));
        calls.Add(() => backend.LocalResponseNormBackward(geometry, x, dy, dx));
    }

    /// <inheritdoc/>
    public void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches)
    {
        var geometry = g;
        (x, y, switches) = (At(x), At(y), At(switches));
        calls.Add(() => backend.MaxPool2dForward(geometry, x, y, switches));
    }

    /// <inheritdoc/>
    public void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        var geometry = g;
        (dy, switches, dx) = (At(dy), At(switches), At(dx));
        calls.Add(() => backend.MaxPool2dBackward(geometry, dy, switches, dx));
    }

    /// <inheritdoc/>
    public void MaxUnpool2dForward(in MaxUnpool2dGeometry g, BufferView x, BufferView switches, BufferView y)
    {
        var geometry = g;
        (x, switches, y) = (At(x), At(switches), At(y));
        calls.Add(() => backend.MaxUnpool2dForward(geometry, x, switches, y));
    }

    /// <inheritdoc/>
    public void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        var geometry = g;
        (dy, switches, dx) = (At(dy), At(switches), At(dx));
        calls.Add(() => backend.MaxUnpool2dBackward(geometry, dy, switches, dx));
    }

    /// <inheritdoc/>
    public void RandomUniform(ulong seed, ulong stream, double low, double high, BufferView y)
    {
        y = At(y);
        calls.Add(() => backend.RandomUniform(seed, stream, low, high, y));
    }

    /// <inheritdoc/>
    public void RandomNormal(ulong seed, ulong stream, double mean, double deviation, BufferView y)
    {
        y = At(y);
        calls.Add(() => backend.RandomNormal(seed, stream, mean, deviation, y));
    }

    /// <inheritdoc/>
    public void ReLUForward(BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.ReLUForward(x, y));
    }

    /// <inheritdoc/>
    public void ReLUBackward(ReLURule rule, BufferView y, BufferView dy, BufferView dx)
    {
        (y, dy, dx) = (At(y), At(dy), At(dx));
        calls.Add(() => backend.ReLUBackward(rule, y, dy, dx));
    }

    /// <inheritdoc/>
    public void RenormaliseFilters(long filters, long size, double radius, BufferView w, BufferView rms)
    {
        (w, rms) = (At(w), At(rms));
        calls.Add(() => backend.RenormaliseFilters(filters, size, radius, w, rms));
    }

    /// <inheritdoc/>
    public void Sgd(SgdStep step, BufferView gradient, BufferView? velocity, BufferView w)
    {
        (gradient, velocity, w) = (At(gradient), At(velocity), At(w));
        var rate = At(step.RateAt);
        calls.Add(() => backend.Sgd(Now(step, rate), gradient, velocity, w));
    }

    /// <inheritdoc/>
    public void SoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.SoftmaxForward(outer, size, inner, x, y));
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        (y, dy, dx) = (At(y), At(dy), At(dx));
        calls.Add(() => backend.SoftmaxBackward(outer, size, inner, y, dy, dx));
    }

    /// <inheritdoc/>
    public void LogSoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.LogSoftmaxForward(outer, size, inner, x, y));
    }

    /// <inheritdoc/>
    public void LogSoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        (y, dy, dx) = (At(y), At(dy), At(dx));
        calls.Add(() => backend.LogSoftmaxBackward(outer, size, inner, y, dy, dx));
    }

    /// <inheritdoc/>
    public void Sum(BufferView x, BufferView y)
    {
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.Sum(x, y));
    }

    /// <inheritdoc/>
    public void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y)
    {
        var geometry = g;
        (x, y) = (At(x), At(y));
        calls.Add(() => backend.UpsampleBilinear2dForward(geometry, x, y));
    }

    /// <inheritdoc/>
    public void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx)
    {
        var geometry = g;
        (dy, dx) = (At(dy), At(dx));
        calls.Add(() => backend.UpsampleBilinear2dBackward(geometry, dy, dx));
    }
}
