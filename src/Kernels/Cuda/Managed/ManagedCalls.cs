using ManagedCuda;
using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Kernels.Cuda.Managed;

/// <summary>Where what ManagedCuda answers or throws becomes one of our exceptions, with what was asked.</summary>
internal sealed class ManagedCalls
{
    private string? lost;

    /// <summary>The kernel launched last: a fault shows up at a later call, and most often it is this one's.</summary>
    public string? LastKernel { get; set; }

    /// <summary>Whether the context is dead.</summary>
    public bool IsLost => lost is not null;

    /// <summary>Throws where the context died before.</summary>
    public void ThrowIfLost()
    {
        if (lost is not null)
            throw new GpuLostException(lost);
    }

    /// <summary>Throws where a call failed.</summary>
    public void Check(CUResult result, string call)
    {
        if (result != CUResult.Success)
            throw Failure(result, call);
    }

    /// <summary>Calls what throws ManagedCuda's own exceptions.</summary>
    public T Call<T>(string call, Func<T> function)
    {
        try
        {
            return function();
        }
        catch (CudaException error)
        {
            throw Failure(error.CudaError, call);
        }
        catch (CudaBlasException error)
        {
            throw new GpuException($"{call} failed: {error.CudaBlasError}.", error);
        }
    }

    /// <summary>Calls what throws ManagedCuda's own exceptions and returns nothing.</summary>
    public void Call(string call, Action action) => Call(call, () =>
    {
        action();
        return true;
    });

    private GpuException Failure(CUResult result, string call)
    {
        // The numbers are the driver's.
        var sentence = $"{call} failed: {result} ({(int)result}).";
        if (result == CUResult.ErrorOutOfMemory)
            return new GpuOutOfMemoryException(sentence);
        if (!((CudaStatus)(int)result).IsLost())
            return new GpuException(sentence);
        var blame = LastKernel is null ? "" : $" The last kernel launched was {LastKernel}.";
        lost = $"{sentence}{blame} {Driver.CudaContext.LostForGood}";
        return new GpuLostException(lost);
    }
}
