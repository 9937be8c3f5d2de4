using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>The driver of this machine.</summary>
internal sealed unsafe class CudaDriver : ICudaDriver
{
    private static readonly Lazy<LoadedDriver> Machine = new(Load);

    private CudaDriver(nint library) =>
        HasParameterInfo = NativeLibrary.TryGetExport(library, "cuFuncGetParamInfo", out _);

    /// <inheritdoc/>
    public bool HasParameterInfo { get; }

    /// <summary>The driver, initialised, or a sentence that says why there is none.</summary>
    public static LoadedDriver OfThisMachine => Machine.Value;

    private static LoadedDriver Load()
    {
        var library = CudaLibraries.Driver;
        return library.Handle == 0
            ? new LoadedDriver(null, library.Missing)
            : DriverStart.Run(new CudaDriver(library.Handle));
    }

    public CudaStatus Init(uint flags) => CudaNative.Init(flags);

    public CudaStatus DriverGetVersion(int* version) => CudaNative.DriverGetVersion(version);

    public CudaStatus GetErrorName(CudaStatus status, byte** name) => CudaNative.GetErrorName(status, name);

    public CudaStatus GetErrorString(CudaStatus status, byte** text) => CudaNative.GetErrorString(status, text);

    public CudaStatus DeviceGetCount(int* count) => CudaNative.DeviceGetCount(count);

    public CudaStatus DeviceGet(int* device, int ordinal) => CudaNative.DeviceGet(device, ordinal);

    public CudaStatus DeviceGetName(byte* name, int length, int device) =>
        CudaNative.DeviceGetName(name, length, device);

    public CudaStatus DeviceTotalMem(nuint* bytes, int device) => CudaNative.DeviceTotalMem(bytes, device);

    public CudaStatus DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device) =>
        CudaNative.DeviceGetAttribute(value, attribute, device);

    public CudaStatus DevicePrimaryCtxRetain(nint* context, int device) =>
        CudaNative.DevicePrimaryCtxRetain(context, device);

    public CudaStatus DevicePrimaryCtxRelease(int device) => CudaNative.DevicePrimaryCtxRelease(device);

    public CudaStatus CtxSetCurrent(CudaContextHandle context) => CudaNative.CtxSetCurrent(context);

    public CudaStatus CtxPushCurrent(nint context) => CudaNative.CtxPushCurrent(context);

    public CudaStatus CtxPopCurrent(nint* context) => CudaNative.CtxPopCurrent(context);

    public CudaStatus CtxSynchronize() => CudaNative.CtxSynchronize();

    public CudaStatus MemGetInfo(nuint* free, nuint* total) => CudaNative.MemGetInfo(free, total);

    public CudaStatus MemAlloc(ulong* address, nuint bytes) => CudaNative.MemAlloc(address, bytes);

    public CudaStatus MemFree(ulong address) => CudaNative.MemFree(address);

    public CudaStatus MemHostAlloc(void** memory, nuint bytes, uint flags) =>
        CudaNative.MemHostAlloc(memory, bytes, flags);

    public CudaStatus MemFreeHost(nint memory) => CudaNative.MemFreeHost(memory);

    public CudaStatus MemPoolCreate(nint* pool, CudaPoolProperties* properties) =>
        CudaNative.MemPoolCreate(pool, properties);

    public CudaStatus MemPoolDestroy(nint pool) => CudaNative.MemPoolDestroy(pool);

    public CudaStatus MemPoolSetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value) =>
        CudaNative.MemPoolSetAttribute(pool, attribute, value);

    public CudaStatus MemPoolGetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value) =>
        CudaNative.MemPoolGetAttribute(pool, attribute, value);

    public CudaStatus MemPoolTrimTo(CudaPoolHandle pool, nuint bytesToKeep) =>
        CudaNative.MemPoolTrimTo(pool, bytesToKeep);

    public CudaStatus MemAllocFromPoolAsync(
        ulong* address, nuint bytes, CudaPoolHandle pool, CudaStreamHandle stream) =>
        CudaNative.MemAllocFromPoolAsync(address, bytes, pool, stream);

    public CudaStatus MemFreeAsync(ulong address, CudaStreamHandle stream) => CudaNative.MemFreeAsync(address, stream);

    public CudaStatus MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CudaStreamHandle stream) =>
        CudaNative.MemcpyHtoDAsync(destination, source, bytes, stream);

    public CudaStatus MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CudaStreamHandle stream) =>
        CudaNative.MemcpyDtoHAsync(destination, source, bytes, stream);

    public CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CudaStreamHandle stream) =>
        CudaNative.MemcpyDtoDAsync(destination, source, bytes, stream);

    public CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, CudaStreamHandle stream) =>
        CudaNative.MemsetD8Async(destination, value, bytes, stream);

    public CudaStatus ModuleLoadDataEx(
        nint* module, void* image, uint optionCount, CudaJitOption* options, void** values) =>
        CudaNative.ModuleLoadDataEx(module, image, optionCount, options, values);

    public CudaStatus ModuleUnload(nint module) => CudaNative.ModuleUnload(module);

    public CudaStatus ModuleGetFunction(nint* function, CudaModuleHandle module, byte* name) =>
        CudaNative.ModuleGetFunction(function, module, name);

    public CudaStatus FuncGetAttribute(int* value, CudaFunctionAttribute attribute, nint function) =>
        CudaNative.FuncGetAttribute(value, attribute, function);

    public CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        CudaNative.FuncSetAttribute(function, attribute, value);

    public CudaStatus FuncGetParamInfo(nint function, nuint index, nuint* offset, nuint* bytes) =>
        CudaNative.FuncGetParamInfo(function, index, offset, bytes);

    public CudaStatus LaunchKernel(
         nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        CudaStreamHandle stream, void** parameters, void** extra) =>
        CudaNative.LaunchKernel(
            function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes, stream, parameters, extra);

    public CudaStatus StreamCreate(nint* stream, uint flags) => CudaNative.StreamCreate(stream, flags);

    public CudaStatus StreamDestroy(nint stream) => CudaNative.StreamDestroy(stream);

    public CudaStatus StreamSynchronize(CudaStreamHandle stream) => CudaNative.StreamSynchronize(stream);

    public CudaStatus StreamWaitEvent(CudaStreamHandle stream, CudaEventHandle recorded, uint flags) =>
        CudaNative.StreamWaitEvent(stream, recorded, flags);

    public CudaStatus StreamBeginCapture(CudaStreamHandle stream, CudaCaptureMode mode) =>
        CudaNative.StreamBeginCapture(stream, mode);

    public CudaStatus StreamEndCapture(CudaStreamHandle stream, nint* graph) =>
        CudaNative.StreamEndCapture(stream, graph);

    public CudaStatus ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode) =>
        CudaNative.ThreadExchangeStreamCaptureMode(mode);

    public CudaStatus EventCreate(nint* created, uint flags) => CudaNative.EventCreate(created, flags);

    public CudaStatus EventDestroy(nint destroyed) => CudaNative.EventDestroy(destroyed);

    public CudaStatus EventRecord(CudaEventHandle recorded, CudaStreamHandle stream) =>
        CudaNative.EventRecord(recorded, stream);

    public CudaStatus EventSynchronize(CudaEventHandle recorded) => CudaNative.EventSynchronize(recorded);

    public CudaStatus EventElapsedTime(float* milliseconds, CudaEventHandle start, CudaEventHandle end) =>
        CudaNative.EventElapsedTime(milliseconds, start, end);

    public CudaStatus GraphInstantiate(nint* executable, CudaGraphHandle graph, ulong flags) =>
        CudaNative.GraphInstantiate(executable, graph, flags);

    public CudaStatus GraphDestroy(nint graph) => CudaNative.GraphDestroy(graph);

    public CudaStatus GraphExecDestroy(nint executable) => CudaNative.GraphExecDestroy(executable);

    public CudaStatus GraphLaunch(CudaGraphExecHandle executable, CudaStreamHandle stream) =>
        CudaNative.GraphLaunch(executable, stream);
}
