namespace ZfNet.Kernels.Cuda.Driver;

public sealed partial class CudaDriverRuntime
{
    /// <summary>
    /// Starts a capture. cuBLAS is made before it, and what runs is waited for, so that memory freed until now is free.
    /// </summary>
    internal void BeginCapture(CudaStream stream)
    {
        Enter(stream);
        if (capturing is not null)
            throw new GpuException("A stream of this device captures already; one at a time can.");
        if (NoGemm is null)
            GemmOf(stream);
        Context.Check(Context.Driver.CtxSynchronize(), "cuCtxSynchronize");
        Context.Check(
            Context.Driver.StreamBeginCapture(stream.Handle, CudaCaptureMode.ThreadLocal), "cuStreamBeginCapture");
        capturing = stream;
        stream.IsCapturing = true;
        captured.Clear();
        memory.BeginCapture();
    }

    /// <summary>Ends it.</summary>
    internal unsafe CudaGraph EndCapture(CudaStream stream)
    {
        Enter();
        if (capturing != stream)
            throw new GpuException("The stream does not capture: there is nothing to end.");
        nint graph = 0;
        var status = Context.Driver.StreamEndCapture(stream.Handle, &graph);
        capturing = null;
        stream.IsCapturing = false;
        var blocks = memory.EndCapture();
        try
        {
            Context.Check(status, "cuStreamEndCapture");
            return CudaGraph.Instantiate(this, graph, blocks, captured);
        }
        catch
        {
            memory.Close(blocks);
            throw;
        }
        finally
        {
            captured.Clear();
        }
    }

    /// <summary>A graph is gone: so are its blocks.</summary>
    internal void Close(GraphMemory blocks)
    {
        if (disposed)
            return;
        try
        {
            Enter();
        }
        catch (GpuLostException)
        {
            // The blocks are lost too; whoever worked with the device has been told.
        }
        memory.Close(blocks);
    }

    // Ends a capture whose graph nobody wants.
    private unsafe void Abandon(CudaStream stream)
    {
        nint graph = 0;
        if (Context.Driver.StreamEndCapture(stream.Handle, &graph) == CudaStatus.Success && graph != 0)
            new CudaGraphHandle(Context.Handle, graph).Dispose();
        capturing = null;
        stream.IsCapturing = false;
        captured.Clear();
        memory.Close(memory.EndCapture());
    }
}
