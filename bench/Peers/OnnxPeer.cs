using Microsoft.ML.OnnxRuntime;

namespace ZfNet.Peers;

/// <summary>ONNX Runtime's CPU provider on a network that <see cref="OnnxWriter"/> wrote.</summary>
internal sealed class OnnxPeer : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly int _classes;

    public OnnxPeer(Network network, int threads)
    {
        _classes = network.Spec.Classes;
        var path = Path.Combine(Path.GetTempPath(), $"zfnet-peers-{Environment.ProcessId}.onnx");
        try
        {
            OnnxWriter.Write(path, network);
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            };
            _session = new InferenceSession(path, options);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>Class scores [N, Classes] of pictures [N, C, H, W].</summary>
    public void Run(float[] x, long[] shape, float[] y)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(x, shape);
        using var output = OrtValue.CreateTensorValueFromMemory(y, [shape[0], _classes]);
        _session.Run(_run, ["x"], [input], ["y"], [output]);
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }
}
