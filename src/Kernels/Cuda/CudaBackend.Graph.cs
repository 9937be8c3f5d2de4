namespace ZfNet.Kernels.Cuda;

/// <content>Recorded work.</content>
public sealed partial class CudaBackend : IGraphBackend
{
    // The buffers that the work being recorded touches, with the versions they had before; null while none is.
    private Dictionary<CudaBuffer, long>? touched;

    private bool LooksAtIndices => ChecksIndices && touched is null;

    /// <inheritdoc/>
    public IRecorder BeginRecording()
    {
        Stream.BeginCapture();
        touched = new(ReferenceEqualityComparer.Instance);
        return new Recorder(this);
    }

    private sealed class Recorder(CudaBackend backend) : IRecorder
    {
        public IBackend Backend => backend;

        public IRecordedWork End()
        {
            var used = backend.touched!;
            backend.touched = null;
            return new RecordedWork(backend, backend.Stream.EndCapture(), used);
        }

        public void Drop()
        {
            backend.touched = null;
            try
            {
                backend.Stream.EndCapture().Dispose();
            }
            catch (GpuException)
            {
                // What broke the recording has been thrown already; a lost device says so at the next call.
            }
        }
    }

    private sealed class RecordedWork : IRecordedWork
    {
        private readonly CudaBackend backend;
        private readonly IGpuGraph graph;
        private readonly CudaBuffer[] used;
        private readonly CudaBuffer[] written;

        public RecordedWork(CudaBackend backend, IGpuGraph graph, Dictionary<CudaBuffer, long> touched)
        {
            this.backend = backend;
            this.graph = graph;
            // What was given back while it was recorded belongs to the graph now.
            used = [.. touched.Keys.Where(buffer => !buffer.IsDisposed)];
            written = [.. used.Where(buffer => buffer.Version != touched[buffer])];
        }

        public void Run()
        {
            foreach (var buffer in used)
            {
                if (buffer.IsDisposed)
                {
                    throw new ObjectDisposedException(
                        nameof(CudaBuffer),
                        $"A tensor of {buffer.ByteLength} bytes that recorded work uses was disposed since it was "
                        + "recorded.");
                }
            }
            graph.Launch(backend.Stream);
            foreach (var buffer in written)
                buffer.Touch();
        }

        public void Dispose() => graph.Dispose();
    }
}
