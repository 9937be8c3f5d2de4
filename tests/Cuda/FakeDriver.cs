using System.Runtime.InteropServices;
using NUnit.Framework;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// A driver in C# that does what cuda.h promises and no more: work waits in a queue until something waits for it,
/// captured work does not run, calls without a current context fail, and every object is counted. Device memory is host
/// memory.
/// </summary>
internal sealed unsafe partial class FakeDriver : ICudaDriver, IDisposable
{
    private const nint ContextValue = 0xC0;

    private readonly Dictionary<string, Queue<CudaStatus>> failures = [];
    private readonly Dictionary<CudaStatus, nint> names = [];
    // Not disposed: finalizers of forgotten handles may still ask.
    private readonly ThreadLocal<nint> current = new();
    private readonly Dictionary<nint, string> live = [];
    private readonly Queue<Work> queue = new();
    private readonly Dictionary<nint, long> recorded = [];
    private long issued;
    private long done;
    private nint nextHandle = 0x1000;
    private int retained;

    /// <summary>What was called, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What a real driver would have crashed on or answered with nonsense.</summary>
    public List<string> Violations { get; } = [];

    public int Version { get; set; } = 12040;

    public int Count { get; set; } = 1;

    public string Name { get; set; } = "Fake GPU";

    public long Total { get; set; } = 24L << 30;

    public bool HasPools { get; set; } = true;

    public bool HasParameterInfo { get; set; } = true;

    public Version Capability { get; set; } = new(9, 0);

    /// <summary>Kinds of the objects that exist.</summary>
    public IEnumerable<string> Live => live.Values;

    /// <summary>This driver, started.</summary>
    public LoadedDriver Started => DriverStart.Run(this);

    /// <summary>The next calls of an entry point return this, once each.</summary>
    public void Fail(string entry, params CudaStatus[] statuses) => failures[entry] = new Queue<CudaStatus>(statuses);

    /// <summary>How often an entry point was called.</summary>
    public int CallsOf(string entry) =>
        Calls.Count(call => call == entry || call.StartsWith(entry + "(", StringComparison.Ordinal));

    /// <summary>Fails where an object is left or a rule was broken.</summary>
    public void AssertClean()
    {
        Assert.That(Violations, Is.Empty);
        Assert.That(live.Values, Is.Empty, "objects left");
        Assert.That(blocks, Is.Empty, "memory left");
        Assert.That(retained, Is.Zero, "contexts left");
    }

    public CudaStatus Init(uint flags) => Call("Init", context: false);

    public CudaStatus DriverGetVersion(int* version)
    {
        *version = Version;
        return Call("DriverGetVersion", context: false);
    }

    public CudaStatus GetErrorName(CudaStatus status, byte** name)
    {
        *name = null;
        if (!Enum.IsDefined(status))
            return CudaStatus.InvalidValue;
        if (!names.TryGetValue(status, out var text))
            names[status] = text = Marshal.StringToCoTaskMemUTF8(NameOf(status));
        *name = (byte*)text;
        return CudaStatus.Success;
    }

    public CudaStatus GetErrorString(CudaStatus status, byte** text)
    {
        *text = null;
        return CudaStatus.InvalidValue;
    }

    public CudaStatus DeviceGetCount(int* count)
    {
        *count = Count;
        return Call("DeviceGetCount", context: false);
    }

    public CudaStatus DeviceGet(int* device, int ordinal)
    {
        *device = 10 + ordinal;
        return Call($"DeviceGet({ordinal})", context: false);
    }

    public CudaStatus DeviceGetName(byte* name, int length, int device)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(Name + '\0');
        text.CopyTo(new Span<byte>(name, length));
        return Call("DeviceGetName", context: false);
    }

    public CudaStatus DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = (nuint)Total;
        return Call("DeviceTotalMem", context: false);
    }

    public CudaStatus DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device)
    {
        *value = attribute switch
        {
            CudaDeviceAttribute.ComputeCapabilityMajor => Capability.Major,
            CudaDeviceAttribute.ComputeCapabilityMinor => Capability.Minor,
            CudaDeviceAttribute.MemoryPoolsSupported => HasPools ? 1 : 0,
            CudaDeviceAttribute.MaxSharedBytesPerBlock => 48 << 10,
            CudaDeviceAttribute.Multiprocessors => 132,
            CudaDeviceAttribute.MaxGridX => int.MaxValue,
            CudaDeviceAttribute.MaxGridY or CudaDeviceAttribute.MaxGridZ => 65535,
            CudaDeviceAttribute.MaxBlockZ => 64,
            _ => 1024,
        };
        return device < 10 ? CudaStatus.InvalidDevice : Call($"DeviceGetAttribute({attribute})", context: false);
    }

    public CudaStatus DevicePrimaryCtxRetain(nint* context, int device)
    {
        var status = Call("DevicePrimaryCtxRetain", context: false);
        *context = status == CudaStatus.Success ? ContextValue : 0;
        if (status == CudaStatus.Success)
            retained++;
        return status;
    }

    public CudaStatus DevicePrimaryCtxRelease(int device)
    {
        retained--;
        if (live.Count > 0)
            Violations.Add($"The context was released before {string.Join(", ", live.Values)}.");
        return Call("DevicePrimaryCtxRelease", context: false);
    }

    public CudaStatus CtxSetCurrent(CudaContextHandle context)
    {
        current.Value = context.DangerousGetHandle();
        return Injected("CtxSetCurrent");
    }

    public CudaStatus CtxPushCurrent(nint context)
    {
        current.Value = context;
        return CudaStatus.Success;
    }

    public CudaStatus CtxPopCurrent(nint* context)
    {
        *context = current.Value;
        return CudaStatus.Success;
    }

    public CudaStatus CtxSynchronize()
    {
        var status = Call("CtxSynchronize");
        if (status == CudaStatus.Success)
            status = Forbidden("cuCtxSynchronize", always: true);
        if (status != CudaStatus.Success)
            return status;
        RunUpTo(issued);
        return status;
    }

    public void Dispose()
    {
        foreach (var name in names.Values)
            Marshal.FreeCoTaskMem(name);
        names.Clear();
        foreach (var address in blocks.Keys.ToArray())
            Release(address);
    }

    private static string NameOf(CudaStatus status)
    {
        var name = string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{c}"));
        return (status == CudaStatus.Success ? "CUDA_" : "CUDA_ERROR_") + name.ToUpperInvariant();
    }

    // Writes the call down, and answers with what a test wants it to answer.
    private CudaStatus Call(string text, bool context = true)
    {
        Calls.Add(text);
        if (context && current.Value != ContextValue)
        {
            Violations.Add($"{text} was called without the context.");
            return CudaStatus.InvalidContext;
        }
        return Injected(text.Split('(')[0]);
    }

    private CudaStatus Injected(string entry) =>
        failures.TryGetValue(entry, out var statuses) && statuses.TryDequeue(out var status)
            ? status
            : CudaStatus.Success;

    private CudaStatus Create(string kind, nint* handle, string call)
    {
        var status = Call(call);
        *handle = 0;
        if (status == CudaStatus.Success)
            live.Add(*handle = nextHandle += 8, kind);
        return status;
    }

    private CudaStatus Destroy(string kind, nint handle, string call)
    {
        var status = Call(call);
        if (!live.Remove(handle, out var found) || found != kind)
            Violations.Add($"{call} was given {handle}, a {found ?? "dead object"}.");
        return status;
    }

    private readonly record struct Work(long Number, Action Run);
}
