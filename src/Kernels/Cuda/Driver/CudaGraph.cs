using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUgraphExec, with the memory that its nodes use and the modules of its kernels.</summary>
internal sealed unsafe class CudaGraph : IGpuGraph
{
    private readonly CudaDriverRuntime runtime;
    private readonly CudaGraphExecHandle handle;
    private readonly GraphMemory memory;

    private CudaGraph(CudaDriverRuntime runtime, CudaGraphExecHandle handle, GraphMemory memory)
    {
        this.runtime = runtime;
        this.handle = handle;
        this.memory = memory;
    }

    /// <summary>Makes what was written down launchable; the graph itself is not needed after that.</summary>
    public static CudaGraph Instantiate(
        CudaDriverRuntime runtime, nint graph, GraphMemory memory, IEnumerable<SafeHandle> kept)
    {
        var context = runtime.Context;
        using var written = new CudaGraphHandle(context.Handle, graph);
        nint executable;
        context.Check(context.Driver.GraphInstantiate(&executable, written, 0), "cuGraphInstantiateWithFlags");
        return new CudaGraph(runtime, new CudaGraphExecHandle(context.Handle, executable, [.. kept]), memory);
    }

    /// <inheritdoc/>
    public void Launch(IGpuStream stream)
    {
        var target = runtime.Enter(stream);
        runtime.Context.LastKernel = "one of a captured graph";
        runtime.Context.Check(runtime.Context.Driver.GraphLaunch(handle, target.Handle), "cuGraphLaunch");
    }

    /// <summary>The caller has waited for its last launch.</summary>
    public void Dispose()
    {
        handle.Dispose();
        runtime.Close(memory);
    }
}
