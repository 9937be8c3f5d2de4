namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// A ring of page-locked slots that copies between host and device go through, so that the device's copy engine runs by
/// itself while the host fills or empties the next slot. Slots are made when they are first needed.
/// </summary>
internal sealed unsafe class HostStaging(CudaContext context) : IDisposable
{
    /// <summary>Bytes of a slot: long enough that the copy, not its start, takes the time.</summary>
    public const int SlotBytes = 2 << 20;

    private const int Slots = 4;

    private readonly Slot?[] ring = new Slot?[Slots];
    private int next;

    /// <summary>Starts a copy to the device; the source may be changed on return.</summary>
    public void ToDevice(ulong destination, byte* source, long bytes, CudaStreamHandle stream)
    {
        while (bytes > 0)
        {
            var part = Math.Min(bytes, SlotBytes);
            var slot = Take();
            Buffer.MemoryCopy(source, slot.Memory, SlotBytes, part);
            context.Check(
                context.Driver.MemcpyHtoDAsync(destination, slot.Memory, (nuint)part, stream),
                $"cuMemcpyHtoDAsync({CudaNames.Bytes(part)})");
            slot.Record(stream);
            destination += (ulong)part;
            source += part;
            bytes -= part;
        }
    }

    /// <summary>Copies from the device, after the work on the stream so far; the values are there on return.</summary>
    public void ToHost(byte* destination, ulong source, long bytes, CudaStreamHandle stream)
    {
        for (long issued = 0, landed = 0; landed < bytes;)
        {
            while (issued < bytes && issued - landed < (long)Slots * SlotBytes)
            {
                var part = Math.Min(bytes - issued, SlotBytes);
                var slot = Take();
                context.Check(
                    context.Driver.MemcpyDtoHAsync(slot.Memory, source + (ulong)issued, (nuint)part, stream),
                    $"cuMemcpyDtoHAsync({CudaNames.Bytes(part)})");
                slot.Record(stream);
                issued += part;
            }
            // The oldest slot in flight.
            var parts = (issued - landed + SlotBytes - 1) / SlotBytes;
            var oldest = ring[(next + Slots - (int)parts) % Slots]!;
            var length = Math.Min(bytes - landed, SlotBytes);
            oldest.Wait();
            Buffer.MemoryCopy(oldest.Memory, destination + landed, length, length);
            landed += length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in ring)
            slot?.Dispose();
    }

    private Slot Take()
    {
        var slot = ring[next] ??= new Slot(context);
        next = (next + 1) % Slots;
        slot.Wait();
        return slot;
    }

    private sealed class Slot : IDisposable
    {
        private readonly CudaContext context;
        private readonly CudaHostMemoryHandle memory;
        private readonly CudaEventHandle done;
        private bool pending;

        public Slot(CudaContext context)
        {
            this.context = context;
            void* taken;
            context.Check(
                context.Driver.MemHostAlloc(&taken, SlotBytes, 0), $"cuMemHostAlloc({CudaNames.Bytes(SlotBytes)})");
            memory = new CudaHostMemoryHandle(context.Handle, (nint)taken);
            try
            {
                nint created;
                context.Check(context.Driver.EventCreate(&created, CudaFlags.EventDisableTiming), "cuEventCreate");
                done = new CudaEventHandle(context.Handle, created);
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }

        public void* Memory => (void*)memory.DangerousGetHandle();

        public void Record(CudaStreamHandle stream)
        {
            context.Check(context.Driver.EventRecord(done, stream), "cuEventRecord");
            pending = true;
        }

        public void Wait()
        {
            if (!pending)
                return;
            pending = false;
            context.Check(context.Driver.EventSynchronize(done), "cuEventSynchronize");
        }

        public void Dispose()
        {
            done.Dispose();
            memory.Dispose();
        }
    }
}
