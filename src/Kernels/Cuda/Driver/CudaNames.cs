using System.Globalization;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>Names and amounts for sentences.</summary>
internal static unsafe class CudaNames
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>The driver's name of a status, with its number: CUDA_ERROR_OUT_OF_MEMORY (2).</summary>
    public static string Of(ICudaDriver driver, CudaStatus status)
    {
        byte* name = null;
        var told = driver.GetErrorName(status, &name) == CudaStatus.Success;
        var named = told ? Marshal.PtrToStringUTF8((nint)name) : null;
        return string.Create(
            CultureInfo.InvariantCulture, $"{named ?? "an error that the driver does not name"} ({(int)status})");
    }

    /// <summary>The driver's description of a status, or "".</summary>
    public static string Description(ICudaDriver driver, CudaStatus status)
    {
        byte* text = null;
        var told = driver.GetErrorString(status, &text) == CudaStatus.Success;
        return told ? Marshal.PtrToStringUTF8((nint)text) ?? "" : "";
    }

    /// <summary>A number of bytes: 256 MiB, 1.5 GiB.</summary>
    public static string Bytes(long bytes)
    {
        var unit = Unit(bytes);
        return $"{In(unit, bytes)} {Units[unit]}";
    }

    /// <summary>A part of an amount of bytes, in one unit: 1.1 of 24 GiB.</summary>
    public static string PartOf(long part, long whole)
    {
        var unit = Unit(whole);
        return $"{In(unit, part)} of {In(unit, whole)} {Units[unit]}";
    }

    private static int Unit(long bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; bytes /= 1024)
            unit++;
        return unit;
    }

    private static string In(int unit, long bytes) =>
        (bytes / Math.Pow(1024, unit)).ToString("0.#", CultureInfo.InvariantCulture);
}
