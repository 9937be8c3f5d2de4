using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Memory;
using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Device;

/// <summary>Copies and fills: checked like accesses of kernels, but for whole ranges.</summary>
internal sealed unsafe class HostAccess(AddressSpace space, FaultLog log, EmulatorChecks checks)
{
    /// <summary>From host to device.</summary>
    public void Write(DevicePointer destination, void* source, long bytes)
    {
        if (bytes == 0 || Find(destination, bytes, "CopyToDevice writes") is not { } target)
            return;
        Buffer.MemoryCopy(source, Place(target, destination), bytes, bytes);
        target.MarkWritten((long)(destination.Address - target.Address), bytes);
    }

    /// <summary>From device to host; what may not be read arrives as zeros.</summary>
    public void Read(void* destination, DevicePointer source, long bytes)
    {
        if (bytes == 0)
            return;
        if (Find(source, bytes, "CopyToHost reads") is not { } from)
        {
            System.Runtime.InteropServices.NativeMemory.Clear(destination, (nuint)Math.Max(0, bytes));
            return;
        }
        CheckWritten(from, source, bytes, "CopyToHost reads");
        Buffer.MemoryCopy(Place(from, source), destination, bytes, bytes);
    }

    /// <summary>Within the device. What has not been written stays so at its destination.</summary>
    public void Copy(DevicePointer destination, DevicePointer source, long bytes)
    {
        if (bytes == 0 || Find(source, bytes, "CopyOnDevice reads") is not { } from
            || Find(destination, bytes, "CopyOnDevice writes") is not { } to)
            return;
        CheckWritten(from, source, bytes, "CopyOnDevice reads");
        Buffer.MemoryCopy(Place(from, source), Place(to, destination), bytes, bytes);
        to.MarkWritten((long)(destination.Address - to.Address), bytes);
    }

    /// <summary>Sets bytes.</summary>
    public void Fill(DevicePointer destination, byte value, long bytes)
    {
        if (bytes == 0 || Find(destination, bytes, "Fill writes") is not { } target)
            return;
        System.Runtime.InteropServices.NativeMemory.Fill(Place(target, destination), (nuint)bytes, value);
        target.MarkWritten((long)(destination.Address - target.Address), bytes);
    }

    /// <summary>The allocation that holds a range; null and a report where there is none.</summary>
    public Allocation? Find(DevicePointer pointer, long bytes, string what)
    {
        if (bytes > 0 && space.Find(pointer.Address, bytes) is { } found)
            return found;
        if (bytes < 0)
            throw new GpuException($"{what} {bytes} bytes; a count cannot be negative.");
        var near = space.Nearest(pointer.Address);
        var freed = near is { IsFreed: true } && pointer.Address - near.Address < (ulong)near.OriginalBytes;
        if (freed ? !checks.UseAfterFree : !checks.OutOfBounds)
            return null;
        var kind = freed ? CheckKind.UseAfterFree : CheckKind.OutOfBounds;
        var place = near is null ? "where nothing lies"
            : $"{(freed ? "in" : "not inside")} {near.Name} ({near.OriginalBytes} bytes at 0x{near.Address:x}){(freed ? ", which was given back" : "")}";
        log.Add(new EmulatorReport
        {
            Kind = kind,
            Sentence = $"{kind}: {what} {bytes} bytes at {pointer}, {place}.",
            Address = pointer.Address,
            Allocation = near is null ? null : new(
                near.Name, near.OriginalBytes, (long)(pointer.Address - near.Address)),
        });
        return null;
    }

    /// <summary>Reports a range that was not written.</summary>
    public void CheckWritten(Allocation allocation, DevicePointer pointer, long bytes, string what)
    {
        var first = allocation.FirstUnwritten((long)(pointer.Address - allocation.Address), bytes);
        if (first < 0)
            return;
        log.Add(new EmulatorReport
        {
            Kind = CheckKind.UninitializedRead,
            Sentence = $"{CheckKind.UninitializedRead}: {what} {bytes} bytes at {pointer}, of which byte {first} of "
                + $"{allocation.Name} ({allocation.Bytes} bytes) has never been written.",
            Address = pointer.Address,
            Allocation = new(allocation.Name, allocation.Bytes, first),
        });
    }

    /// <summary>Where a device address is in this process.</summary>
    public static byte* Place(Allocation allocation, DevicePointer pointer) =>
        allocation.Host + (pointer.Address - allocation.Address);
}
