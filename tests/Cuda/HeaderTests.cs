using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// The bindings against the toolkit's headers: every signature, and every number that is passed or understood.
/// </summary>
[TestFixture]
public sealed class HeaderTests
{
    /// <summary>What a C type is here. Handles are bare where they are made and destroyed.</summary>
    private static readonly Dictionary<string, string[]> Types = new()
    {
        ["CUresult"] = ["CudaStatus"],
        ["int"] = ["Int32"],
        ["int*"] = ["Int32*"],
        ["unsigned int"] = ["UInt32"],
        ["long long int"] = ["Int64"],
        ["unsigned long long"] = ["UInt64"],
        ["size_t"] = ["UIntPtr"],
        ["size_t*"] = ["UIntPtr*"],
        ["float*"] = ["Single*"],
        ["unsigned char"] = ["Byte"],
        ["char*"] = ["Byte*"],
        ["char**"] = ["Byte**"],
        ["void*"] = ["Void*", "IntPtr", "UInt64"],
        ["void**"] = ["Void**"],
        ["CUdevice"] = ["Int32"],
        ["CUdevice*"] = ["Int32*"],
        ["CUdeviceptr"] = ["UInt64"],
        ["CUdeviceptr*"] = ["UInt64*"],
        ["CUcontext"] = ["IntPtr", "CudaContextHandle"],
        ["CUstream"] = ["IntPtr", "CudaStreamHandle"],
        ["CUevent"] = ["IntPtr", "CudaEventHandle"],
        ["CUmodule"] = ["IntPtr", "CudaModuleHandle"],
        ["CUfunction"] = ["IntPtr"],
        ["CUgraph"] = ["IntPtr", "CudaGraphHandle"],
        ["CUgraphExec"] = ["IntPtr", "CudaGraphExecHandle"],
        ["CUmemoryPool"] = ["IntPtr", "CudaPoolHandle"],
        ["CUcontext*"] = ["IntPtr*"],
        ["CUstream*"] = ["IntPtr*"],
        ["CUevent*"] = ["IntPtr*"],
        ["CUmodule*"] = ["IntPtr*"],
        ["CUfunction*"] = ["IntPtr*"],
        ["CUgraph*"] = ["IntPtr*"],
        ["CUgraphExec*"] = ["IntPtr*"],
        ["CUmemoryPool*"] = ["IntPtr*"],
        ["CUmemPoolProps*"] = ["CudaPoolProperties*"],
        ["CUdevice_attribute"] = ["CudaDeviceAttribute"],
        ["CUfunction_attribute"] = ["CudaFunctionAttribute"],
        ["CUmemPool_attribute"] = ["CudaPoolAttribute"],
        ["CUjit_option*"] = ["CudaJitOption*"],
        ["CUstreamCaptureMode"] = ["CudaCaptureMode"],
        ["CUstreamCaptureMode*"] = ["CudaCaptureMode*"],
        ["cublasStatus_t"] = ["CublasStatus"],
        ["cublasHandle_t"] = ["IntPtr", "CublasHandle"],
        ["cublasHandle_t*"] = ["IntPtr*"],
        ["cudaStream_t"] = ["CudaStreamHandle"],
        ["libraryPropertyType"] = ["CublasProperty"],
        ["cublasMath_t"] = ["CublasMath"],
        ["cublasAtomicsMode_t"] = ["CublasAtomics"],
        ["cublasOperation_t"] = ["CublasOperation"],
        ["cudaDataType"] = ["CublasData"],
        ["cublasComputeType_t"] = ["CublasCompute"],
        ["cublasGemmAlgo_t"] = ["CublasAlgorithm"],
    };

    [Test]
    public void The_header_is_read_as_it_is_written()
    {
        var header = CudaHeader.Read("cuda.h");
        Assert.That(header.Signature("cuMemAlloc_v2"), Is.EqualTo(new[] { "CUresult", "CUdeviceptr*", "size_t" }));
        Assert.That(
            header.Signature("cuGraphInstantiateWithFlags"),
            Is.EqualTo(new[] { "CUresult", "CUgraphExec*", "CUgraph", "unsigned long long" }));
        Assert.That(header.IsOld("cuMemAlloc"));
        Assert.That(header.IsOld("cuMemAlloc_v2"), Is.False);
        Assert.That(header.Value("CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES"), Is.EqualTo(1));
        Assert.That(header.Value("CU_MEMPOOL_ATTR_RELEASE_THRESHOLD"), Is.EqualTo(4), "the third after it");
    }

    [Test]
    public void The_drivers_entry_points_have_the_headers_signatures() => Compare(typeof(CudaNative), "cuda.h", 54);

    [Test]
    public void CuBLASs_entry_points_have_the_headers_signatures() => Compare(typeof(CublasNative), "cublas_api.h", 9);

    [Test]
    public void The_drivers_numbers_are_the_headers()
    {
        var header = CudaHeader.Read("cuda.h");
        Assert.Multiple(() =>
        {
            foreach (var status in Enum.GetValues<CudaStatus>())
            {
                var prefix = status == CudaStatus.Success ? "CUDA_" : "CUDA_ERROR_";
                Equal(header, prefix + Words(status.ToString()), (int)status);
            }
            foreach (var mode in Enum.GetValues<CudaCaptureMode>())
                Equal(header, $"CU_STREAM_CAPTURE_MODE_{Words(mode.ToString())}", (int)mode);
            Equal(header, "CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK", (int)CudaDeviceAttribute.MaxThreadsPerBlock);
            foreach (var axis in "XYZ")
            {
                Equal(
                    header,
                    $"CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_{axis}",
                    (int)Enum.Parse<CudaDeviceAttribute>($"MaxBlock{axis}"));
                Equal(
                    header,
                    $"CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_{axis}",
                    (int)Enum.Parse<CudaDeviceAttribute>($"MaxGrid{axis}"));
            }
            Equal(
                header,
                "CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK",
                (int)CudaDeviceAttribute.MaxSharedBytesPerBlock);
            Equal(header, "CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT", (int)CudaDeviceAttribute.Multiprocessors);
            Equal(
                header,
                "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR",
                (int)CudaDeviceAttribute.ComputeCapabilityMajor);
            Equal(
                header,
                "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR",
                (int)CudaDeviceAttribute.ComputeCapabilityMinor);
            Equal(header, "CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED", (int)CudaDeviceAttribute.MemoryPoolsSupported);
            Equal(header, "CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK", (int)CudaFunctionAttribute.MaxThreadsPerBlock);
            Equal(header, "CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES", (int)CudaFunctionAttribute.SharedBytes);
            Equal(
                header,
                "CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES",
                (int)CudaFunctionAttribute.MaxDynamicSharedBytes);
            Equal(header, "CU_JIT_INFO_LOG_BUFFER", (int)CudaJitOption.InfoLogBuffer);
            Equal(header, "CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES", (int)CudaJitOption.InfoLogBufferBytes);
            Equal(header, "CU_JIT_ERROR_LOG_BUFFER", (int)CudaJitOption.ErrorLogBuffer);
            Equal(header, "CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES", (int)CudaJitOption.ErrorLogBufferBytes);
            Equal(header, "CU_JIT_LOG_VERBOSE", (int)CudaJitOption.LogVerbose);
            Equal(header, "CU_MEMPOOL_ATTR_RELEASE_THRESHOLD", (int)CudaPoolAttribute.ReleaseThreshold);
            Equal(header, "CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT", (int)CudaPoolAttribute.ReservedCurrent);
            Equal(header, "CU_MEMPOOL_ATTR_USED_MEM_CURRENT", (int)CudaPoolAttribute.UsedCurrent);
            Equal(header, "CU_STREAM_NON_BLOCKING", (int)CudaFlags.StreamNonBlocking);
            Equal(header, "CU_EVENT_DEFAULT", (int)CudaFlags.EventDefault);
            Equal(header, "CU_EVENT_DISABLE_TIMING", (int)CudaFlags.EventDisableTiming);
            var pool = CudaPoolProperties.Of(0);
            Equal(header, "CU_MEM_ALLOCATION_TYPE_PINNED", pool.AllocationType);
            Equal(header, "CU_MEM_HANDLE_TYPE_NONE", pool.HandleTypes);
            Equal(header, "CU_MEM_LOCATION_TYPE_DEVICE", pool.LocationType);
        });
    }

    [Test]
    public void CuBLASs_numbers_are_the_headers()
    {
        var header = CudaHeader.Read("cublas_api.h");
        var data = CudaHeader.Read("library_types.h");
        Assert.Multiple(() =>
        {
            foreach (var status in Enum.GetValues<CublasStatus>())
                Equal(header, $"CUBLAS_STATUS_{Words(status.ToString())}", (int)status);
            Equal(header, "CUBLAS_OP_N", (int)CublasOperation.None);
            Equal(header, "CUBLAS_OP_T", (int)CublasOperation.Transpose);
            Equal(header, "CUBLAS_PEDANTIC_MATH", (int)CublasMath.Pedantic);
            Equal(header, "CUBLAS_ATOMICS_NOT_ALLOWED", (int)CublasAtomics.NotAllowed);
            Equal(header, "CUBLAS_COMPUTE_32F_PEDANTIC", (int)CublasCompute.Float32Pedantic);
            Equal(header, "CUBLAS_COMPUTE_64F_PEDANTIC", (int)CublasCompute.Float64Pedantic);
            Equal(header, "CUBLAS_GEMM_DEFAULT", (int)CublasAlgorithm.Default);
            Equal(data, "CUDA_R_32F", (int)CublasData.Float32);
            Equal(data, "CUDA_R_64F", (int)CublasData.Float64);
            Equal(data, "MAJOR_VERSION", (int)CublasProperty.Major);
            Equal(data, "MINOR_VERSION", (int)CublasProperty.Minor);
            Equal(data, "PATCH_LEVEL", (int)CublasProperty.Patch);
        });
    }

    [Test]
    public void The_pools_properties_lie_as_in_C()
    {
        // CUmemPoolProps on 64-bit systems: two enums, a location of two ints, a pointer, a size, 56 reserved bytes.
        Assert.That(Unsafe.SizeOf<CudaPoolProperties>(), Is.EqualTo(88));
        var pool = default(CudaPoolProperties);
        ref var start = ref Unsafe.As<CudaPoolProperties, byte>(ref pool);
        Assert.That(Unsafe.ByteOffset(ref start, ref Unsafe.As<int, byte>(ref pool.LocationType)), Is.EqualTo((nint)8));
        Assert.That(
            Unsafe.ByteOffset(ref start, ref Unsafe.As<nint, byte>(ref pool.Win32SecurityAttributes)),
            Is.EqualTo((nint)16));
        Assert.That(Unsafe.ByteOffset(ref start, ref Unsafe.As<nuint, byte>(ref pool.MaxBytes)), Is.EqualTo((nint)24));
        Assert.That(
            Unsafe.ByteOffset(ref start, ref Unsafe.As<CudaReserved, byte>(ref pool.Reserved)), Is.EqualTo((nint)32));
    }

    private static void Compare(Type bindings, string file, int count)
    {
        var header = CudaHeader.Read(file);
        var methods = bindings.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly);
        Assert.That(methods, Has.Length.EqualTo(count));
        Assert.Multiple(() =>
        {
            foreach (var method in methods)
            {
                var export = method.GetCustomAttribute<LibraryImportAttribute>()?.EntryPoint
                    ?? method.GetCustomAttribute<DllImportAttribute>()!.EntryPoint!;
                string[] bound = [method.ReturnType.Name, .. method.GetParameters().Select(p => p.ParameterType.Name)];
                var declared = header.Signature(export);
                Assert.That(bound, Has.Length.EqualTo(declared.Length), export);
                foreach (var (here, there) in bound.Zip(declared))
                    Assert.That(Types.GetValueOrDefault(there), Has.Member(here), $"{export}: {there}");
                // Its second form differs only in what it says of events without a time.
                if (export != "cuEventElapsedTime")
                    Assert.That(header.IsOld(export), Is.False, $"{export} has a successor in the header.");
            }
        });
    }

    private static void Equal(CudaHeader header, string enumerator, int value) =>
        Assert.That(header.Value(enumerator), Is.EqualTo(value), enumerator);

    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{c}")).ToUpperInvariant();
}
