using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// A function of tensors (a forward pass, a whole training step) whose work a device records once and then runs again
/// without calling the function: on a GPU one launch instead of hundreds. Every <see cref="Run"/> does what calling the
/// function would, to the bit. The first run calls it, the second records it, from the third on the recording runs and
/// makes no objects. The plain loops of <see cref="Device.Reference"/> record nothing: every run calls it.
/// </summary>
/// <remarks>
/// The function gets tensors that stay the same from run to run, and takes everything that changes from them; what it
/// reads elsewhere on the host (a factor in a variable, <see cref="Layer.Training"/>) stays as it was when it was recorded.
/// Dropout's masks and <see cref="Sgd.LearningRate"/> go on as they should. Inside it the host neither reads nor writes
/// tensors. Tensors that it uses besides its inputs (weights) may change but not be disposed, nor may a gradient that it leaves
/// behind be zeroed outside; a GPU looks at labels and switches in the first run alone. One thread runs it at a time.
/// </remarks>
/// <example><code>
/// using var step = new DeviceGraph(device, t =>
/// {
///     var loss = network.Forward(t[0]).CrossEntropy(t[1]);
///     loss.Backward();
///     optimiser.Step();
///     optimiser.ZeroGrad();
///     return [loss];
/// });
/// foreach (var (pictures, labels) in batches)
///     Console.WriteLine(step.Run(pictures, labels)[0].Item());
/// </code></example>
public sealed class DeviceGraph : IDisposable
{
    private readonly Device device;
    private readonly Func<IReadOnlyList<Tensor>, Tensor[]> function;
    private Tensor[]? inputs;
    private string[]? names;
    private Tensor[]? outputs;
    private Tensor? table;
    private Recording? recorded;
    private double[]? numbers;
    private IRecordedWork? work;
    private bool disposed;

    /// <summary>Takes the function; nothing runs yet.</summary>
    /// <param name="device">Where all of its tensors are.</param>
    /// <param name="function">From inputs to outputs, the same work at every call.</param>
    public DeviceGraph(Device device, Func<IReadOnlyList<Tensor>, Tensor[]> function)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(function);
        this.device = device;
        this.function = function;
    }

    /// <summary>Whether the work has been recorded.</summary>
    public bool IsRecorded => work is not null;

    /// <summary>Runs the function on these inputs.</summary>
    /// <param name="given">
    /// Contiguous or not; of the first run's number, shapes and element types. Their elements are copied.
    /// </param>
    /// <returns>The outputs, without history: the same tensors at every run, overwritten by the next. The graph owns them.</returns>
    /// <exception cref="GraphException">
    /// The function does on the host what cannot be recorded, or an input wants a gradient; the message says which.
    /// </exception>
    /// <exception cref="ShapeException">An input or output is not of the first run's shape, element type or device.</exception>
    /// <exception cref="ObjectDisposedException">An input, or a tensor that the recorded work uses, was disposed.</exception>
    public IReadOnlyList<Tensor> Run(params ReadOnlySpan<Tensor> given)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Recording.Refuse("another graph runs inside its function; call that one's function instead");
        Take(given);
        if (work is not null)
        {
            recorded!.NextNumbers(numbers!);
            Replay(work);
        }
        else if (outputs is null || device.Backend is not IGraphBackend backend)
            RunOnce();
        else
            Record(backend);
        return outputs!;
    }

    /// <summary>Gives back the recorded work, its memory, the inputs' copies and the outputs.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        work?.Dispose();
        work = null;
        table?.Dispose();
        foreach (var tensor in (IEnumerable<Tensor>)[.. inputs ?? [], .. outputs ?? []])
            tensor.Dispose();
    }

    private void Take(ReadOnlySpan<Tensor> given)
    {
        if (inputs is not null && inputs.Length != given.Length)
            throw new GraphException($"graph: {given.Length} inputs are given, and the first run had {inputs.Length}.");
        if (names is null || names.Length != given.Length)
            names = [.. Enumerable.Range(0, given.Length).Select(i => $"input {i}")];
        for (var i = 0; i < given.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(given[i], names[i]);
            ObjectDisposedException.ThrowIf(given[i].IsDisposed, given[i]);
            if (given[i].RequiresGrad)
                throw new GraphException($"graph: input {i} wants a gradient, which would go to its copy; use the tensor inside the function instead.");
            if (given[i].Device != device)
                throw new ShapeException("graph", names[i], $"a tensor on {device}", $"{given[i]}");
            if (inputs is not null)
                Check.Same("graph", names[i], given[i], inputs[i]);
        }
        if (inputs is null)
        {
            inputs = [.. given.ToArray().Select(input => input.Clone().Unscoped())];
            return;
        }
        for (var i = 0; i < given.Length; i++)
            inputs[i].CopyFrom(given[i]);
    }

    private void RunOnce()
    {
        using var recording = new Recording();
        Call();
        if (table is null && recording.Count > 0 && device.Backend is IGraphBackend)
            table = Tensor.Empty([recording.Count], DType.Float64, device).Unscoped();
    }

    private void Record(IGraphBackend backend)
    {
        table ??= Tensor.Empty([0], DType.Float64, device).Unscoped();
        var recorder = backend.BeginRecording();
        using (var recording = new Recording(table, recorder.Backend))
        {
            try
            {
                Call();
                work = recorder.End();
            }
            catch
            {
                recorder.Drop();
                recording.Undo();
                throw;
            }
            (recorded, numbers) = (recording, recording.Numbers);
        }
        Replay(work);
    }

    private void Replay(IRecordedWork work)
    {
        if (numbers!.Length > 0)
            table!.CopyFrom<double>(numbers);
        work.Run();
    }

    private void Call()
    {
        using var scope = new TensorScope();
        var results = function(inputs!);
        Recording.Current!.WriteGradients();
        if (outputs is null)
        {
            outputs = [.. results.Select(result => result.Clone().Unscoped())];
            return;
        }
        if (results.Length != outputs.Length)
            throw new GraphException($"graph: the function returns {results.Length} tensors, and {outputs.Length} in its first run.");
        for (var i = 0; i < results.Length; i++)
        {
            Check.Same("graph", $"output {i}", results[i], outputs[i]);
            outputs[i].CopyFrom(results[i]);
        }
    }
}
