namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The entry points of the CUDA driver that are used, under their names without "cu", with the parameters of cuda.h.
/// Tests put a driver of their own here. What destroys takes the bare handle, since only a <see cref="CudaHandle"/>
/// calls it.
/// </summary>
internal unsafe interface ICudaDriver
{
    /// <summary>Whether the driver tells the parameters of kernels (CUDA 12.4 and newer).</summary>
    bool HasParameterInfo { get; }

    CudaStatus Init(uint flags);

    CudaStatus DriverGetVersion(int* version);

    CudaStatus GetErrorName(CudaStatus status, byte** name);

    CudaStatus GetErrorString(CudaStatus status, byte** text);

    CudaStatus DeviceGetCount(int* count);

    CudaStatus DeviceGet(int* device, int ordinal);

    CudaStatus DeviceGetName(byte* name, int length, int device);

    CudaStatus DeviceTotalMem(nuint* bytes, int device);

    CudaStatus DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device);

    CudaStatus DevicePrimaryCtxRetain(nint* context, int device);

    CudaStatus DevicePrimaryCtxRelease(int device);

    CudaStatus CtxSetCurrent(CudaContextHandle context);

    CudaStatus CtxPushCurrent(nint context);

    CudaStatus CtxPopCurrent(nint* context);

    CudaStatus CtxSynchronize();

    CudaStatus MemGetInfo(nuint* free, nuint* total);

    CudaStatus MemAlloc(ulong* address, nuint bytes);

    CudaStatus MemFree(ulong address);

    CudaStatus MemHostAlloc(void** memory, nuint bytes, uint flags);

    CudaStatus MemFreeHost(nint memory);

    CudaStatus MemPoolCreate(nint* pool, CudaPoolProperties* properties);

    CudaStatus MemPoolDestroy(nint pool);

    CudaStatus MemPoolSetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value);

    CudaStatus MemPoolGetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value);

    CudaStatus MemPoolTrimTo(CudaPoolHandle pool, nuint bytesToKeep);

    CudaStatus MemAllocFromPoolAsync(ulong* address, nuint bytes, CudaPoolHandle pool, CudaStreamHandle stream);

    CudaStatus MemFreeAsync(ulong address, CudaStreamHandle stream);

    CudaStatus MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CudaStreamHandle stream);

    CudaStatus MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CudaStreamHandle stream);

    CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CudaStreamHandle stream);

    CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, CudaStreamHandle stream);

    CudaStatus ModuleLoadDataEx(nint* module, void* image, uint optionCount, CudaJitOption* options, void** values);

    CudaStatus ModuleUnload(nint module);

    CudaStatus ModuleGetFunction(nint* function, CudaModuleHandle module, byte* name);

    CudaStatus FuncGetAttribute(int* value, CudaFunctionAttribute attribute, nint function);

    CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    CudaStatus FuncGetParamInfo(nint function, nuint index, nuint* offset, nuint* bytes);

    CudaStatus LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        CudaStreamHandle stream, void** parameters, void** extra);

    CudaStatus StreamCreate(nint* stream, uint flags);

    CudaStatus StreamDestroy(nint stream);

    CudaStatus StreamSynchronize(CudaStreamHandle stream);

    CudaStatus StreamWaitEvent(CudaStreamHandle stream, CudaEventHandle recorded, uint flags);

    CudaStatus StreamBeginCapture(CudaStreamHandle stream, CudaCaptureMode mode);

    CudaStatus StreamEndCapture(CudaStreamHandle stream, nint* graph);

    CudaStatus ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode);

    CudaStatus EventCreate(nint* created, uint flags);

    CudaStatus EventDestroy(nint destroyed);

    CudaStatus EventRecord(CudaEventHandle recorded, CudaStreamHandle stream);

    CudaStatus EventSynchronize(CudaEventHandle recorded);

    CudaStatus EventElapsedTime(float* milliseconds, CudaEventHandle start, CudaEventHandle end);

    CudaStatus GraphInstantiate(nint* executable, CudaGraphHandle graph, ulong flags);

    CudaStatus GraphDestroy(nint graph);

    CudaStatus GraphExecDestroy(nint executable);

    CudaStatus GraphLaunch(CudaGraphExecHandle executable, CudaStreamHandle stream);
}
