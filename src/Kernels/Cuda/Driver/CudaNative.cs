using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>The driver's exports, as cuda.h declares them for 64-bit systems and the legacy default stream.</summary>
internal static unsafe partial class CudaNative
{
    private const string Library = CudaLibraries.DriverName;

    [LibraryImport(Library, EntryPoint = "cuInit")]
    public static partial CudaStatus Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    public static partial CudaStatus DriverGetVersion(int* version);

    [LibraryImport(Library, EntryPoint = "cuGetErrorName")]
    public static partial CudaStatus GetErrorName(CudaStatus status, byte** name);

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    public static partial CudaStatus GetErrorString(CudaStatus status, byte** text);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    public static partial CudaStatus DeviceGetCount(int* count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    public static partial CudaStatus DeviceGet(int* device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    public static partial CudaStatus DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    public static partial CudaStatus DeviceTotalMem(nuint* bytes, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    public static partial CudaStatus DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static partial CudaStatus DevicePrimaryCtxRetain(nint* context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial CudaStatus DevicePrimaryCtxRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    public static partial CudaStatus CtxSetCurrent(CudaContextHandle context);

    [LibraryImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
    public static partial CudaStatus CtxPushCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
    public static partial CudaStatus CtxPopCurrent(nint* context);

    [LibraryImport(Library, EntryPoint = "cuCtxSynchronize")]
    public static partial CudaStatus CtxSynchronize();

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial CudaStatus MemGetInfo(nuint* free, nuint* total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial CudaStatus MemAlloc(ulong* address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial CudaStatus MemFree(ulong address);

    [LibraryImport(Library, EntryPoint = "cuMemHostAlloc")]
    public static partial CudaStatus MemHostAlloc(void** memory, nuint bytes, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    public static partial CudaStatus MemFreeHost(nint memory);

    [LibraryImport(Library, EntryPoint = "cuMemPoolCreate")]
    public static partial CudaStatus MemPoolCreate(nint* pool, CudaPoolProperties* properties);

    [LibraryImport(Library, EntryPoint = "cuMemPoolDestroy")]
    public static partial CudaStatus MemPoolDestroy(nint pool);

    [LibraryImport(Library, EntryPoint = "cuMemPoolSetAttribute")]
    public static partial CudaStatus MemPoolSetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value);

    [LibraryImport(Library, EntryPoint = "cuMemPoolGetAttribute")]
    public static partial CudaStatus MemPoolGetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value);

    [LibraryImport(Library, EntryPoint = "cuMemPoolTrimTo")]
    public static partial CudaStatus MemPoolTrimTo(CudaPoolHandle pool, nuint bytesToKeep);

    [LibraryImport(Library, EntryPoint = "cuMemAllocFromPoolAsync")]
    public static partial CudaStatus MemAllocFromPoolAsync(
        ulong* address, nuint bytes, CudaPoolHandle pool, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemFreeAsync")]
    public static partial CudaStatus MemFreeAsync(ulong address, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static partial CudaStatus MemcpyHtoDAsync(
        ulong destination, void* source, nuint bytes, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static partial CudaStatus MemcpyDtoHAsync(
        void* destination, ulong source, nuint bytes, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static partial CudaStatus MemcpyDtoDAsync(
        ulong destination, ulong source, nuint bytes, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    public static partial CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuModuleLoadDataEx")]
    public static partial CudaStatus ModuleLoadDataEx(
        nint* module, void* image, uint optionCount, CudaJitOption* options, void** values);

    [LibraryImport(Library, EntryPoint = "cuModuleUnload")]
    public static partial CudaStatus ModuleUnload(nint module);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction")]
    public static partial CudaStatus ModuleGetFunction(nint* function, CudaModuleHandle module, byte* name);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    public static partial CudaStatus FuncGetAttribute(int* value, CudaFunctionAttribute attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    public static partial CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    [LibraryImport(Library, EntryPoint = "cuFuncGetParamInfo")]
    public static partial CudaStatus FuncGetParamInfo(nint function, nuint index, nuint* offset, nuint* bytes);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    public static partial CudaStatus LaunchKernel(
         nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        CudaStreamHandle stream, void** parameters, void** extra);

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    public static partial CudaStatus StreamCreate(nint* stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial CudaStatus StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    public static partial CudaStatus StreamSynchronize(CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuStreamWaitEvent")]
    public static partial CudaStatus StreamWaitEvent(CudaStreamHandle stream, CudaEventHandle recorded, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial CudaStatus StreamBeginCapture(CudaStreamHandle stream, CudaCaptureMode mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    public static partial CudaStatus StreamEndCapture(CudaStreamHandle stream, nint* graph);

    [LibraryImport(Library, EntryPoint = "cuThreadExchangeStreamCaptureMode")]
    public static partial CudaStatus ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    public static partial CudaStatus EventCreate(nint* created, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial CudaStatus EventDestroy(nint destroyed);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    public static partial CudaStatus EventRecord(CudaEventHandle recorded, CudaStreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    public static partial CudaStatus EventSynchronize(CudaEventHandle recorded);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")]
    public static partial CudaStatus EventElapsedTime(float* milliseconds, CudaEventHandle start, CudaEventHandle end);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial CudaStatus GraphInstantiate(nint* executable, CudaGraphHandle graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    public static partial CudaStatus GraphDestroy(nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    public static partial CudaStatus GraphExecDestroy(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    public static partial CudaStatus GraphLaunch(CudaGraphExecHandle executable, CudaStreamHandle stream);
}
