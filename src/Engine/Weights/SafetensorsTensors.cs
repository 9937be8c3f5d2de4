using System.Buffers;
using System.Runtime.InteropServices;
using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>Tensors from and to safetensors files.</summary>
public static class SafetensorsTensors
{
    // Kernels may load whole vectors, and so read a little past a buffer's end (see CpuMemoryPool).
    private const int Slack = 256;
    private const int Chunk = 1 << 24;

    /// <summary>The element type of tensors that an entry can become, or null where the engine has none.</summary>
    public static DType? EngineType(this WeightDType dtype) => dtype switch
    {
        WeightDType.F32 => DType.Float32,
        WeightDType.F64 => DType.Float64,
        WeightDType.I32 => DType.Int32,
        WeightDType.BF16 => DType.BFloat16,
        _ => null,
    };

    /// <summary>The file's element type for an engine type.</summary>
    public static WeightDType FileType(this DType dtype) => dtype switch
    {
        DType.Float32 => WeightDType.F32,
        DType.Float64 => WeightDType.F64,
        DType.BFloat16 => WeightDType.BF16,
        _ => WeightDType.I32,
    };

    /// <summary>
    /// A tensor of the file. On a CPU device it is the file's own pages, read when first touched and copied by the system
    /// where they are written to, so that it stays valid and the file unchanged; where the file's bytes are not aligned,
    /// or on another device, it is a copy.
    /// </summary>
    /// <param name="file">An open file; may be disposed before the tensor.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="device">Where it shall live; the default CPU if null.</param>
    /// <exception cref="WeightsFileException">There is no such tensor, or the engine has no such element type.</exception>
    /// <exception cref="ShapeException">The tensor is in bfloat16 and the device holds none.</exception>
    public static Tensor Tensor(this SafetensorsFile file, string name, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        device ??= Device.Cpu;
        var mapped = file.Map(name);
        try
        {
            if (mapped.Entry.DType.EngineType() is not { } dtype)
                throw WeightsFileException.For(
                    file.Path, $"tensor '{SafetensorsHeader.Show(name)}' is of {mapped.Entry.DType.Text()}, which the engine does not have (F32, F64, I32 or BF16).");
            var shape = new Shape(mapped.Entry.Shape.AsSpan());
            if (device.Backend is ReferenceBackend && mapped.IsAligned && mapped.ByteLength > 0 && mapped.ReadableAfter >= Slack)
            {
                // The buffer owns the mapping from here on.
                var buffer = new CpuBuffer(mapped.Address, mapped.ByteLength, mapped);
                mapped = null;
                return Engine.Tensor.FromBuffer(buffer, 0, shape, dtype, device);
            }

            var tensor = Engine.Tensor.Empty(shape, dtype, device);
            Upload(mapped, tensor);
            return tensor;
        }
        finally
        {
            mapped?.Dispose();
        }
    }

    /// <summary>
    /// A tensor of the file as float32 or bfloat16: the file's own pages where it holds that type, else converted piece by piece
    /// (<see cref="BFloat16"/>), so that no other copy of it is in memory.
    /// </summary>
    /// <param name="file">An open file; may be disposed before the tensor.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="storage">Float32 or BFloat16.</param>
    /// <param name="device">Where it shall live; the default CPU if null.</param>
    /// <exception cref="WeightsFileException">There is no such tensor, or it is neither F32 nor BF16.</exception>
    /// <exception cref="ShapeException">The device holds no bfloat16.</exception>
    public static Tensor Tensor(this SafetensorsFile file, string name, DType storage, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.TryFind(name, out var entry) || entry.DType.EngineType() == storage)
            return file.Tensor(name, device);
        if (entry.DType is not (WeightDType.F32 or WeightDType.BF16) || storage is not (DType.Float32 or DType.BFloat16))
            throw WeightsFileException.For(
                file.Path, $"tensor '{SafetensorsHeader.Show(name)}' is of {entry.DType.Text()}, which does not become {storage.FileType().Text()}.");
        var tensor = Engine.Tensor.Empty(new Shape(entry.Shape.AsSpan()), storage, device);
        byte[] read = ArrayPool<byte>.Shared.Rent(2 * Chunk), converted = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            long at = 0;
            foreach (var part in Parts(tensor.View))
            {
                var from = read.AsSpan(0, (int)part.Length * entry.DType.Bytes());
                var to = converted.AsSpan(0, (int)part.Length * storage.Size());
                file.Read(entry, at, from);
                if (storage == DType.BFloat16)
                    BFloat16.Round(MemoryMarshal.Cast<byte, float>(from), MemoryMarshal.Cast<byte, BFloat16>(to));
                else
                    BFloat16.Widen(MemoryMarshal.Cast<byte, BFloat16>(from), MemoryMarshal.Cast<byte, float>(to));
                tensor.Backend.Upload(to, part);
                at += from.Length;
            }
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(read);
            ArrayPool<byte>.Shared.Return(converted);
        }
        return tensor;
    }

    /// <summary>Writes a tensor as the whole of <see cref="SafetensorsWriter.Current"/>, without a second copy in memory.</summary>
    /// <exception cref="InvalidOperationException">Its shape or element type is another.</exception>
    public static void Write(this SafetensorsWriter writer, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.DType.FileType() != writer.Current.DType || !tensor.Shape.Sizes.SequenceEqual(writer.Current.Shape.AsSpan()))
            throw new InvalidOperationException($"Tensor {writer.Current} was given {tensor}.");
        using var contiguous = tensor.Detach().Contiguous();
        var view = contiguous.View;
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(Chunk, writer.Current.ByteLength));
        try
        {
            foreach (var part in Parts(view))
            {
                var span = bytes.AsSpan(0, (int)(part.Length * part.DType.Size()));
                contiguous.Backend.Download(part, span);
                writer.Write<byte>(span);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void Upload(MappedWeights mapped, Tensor tensor)
    {
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(Chunk, mapped.ByteLength));
        try
        {
            long at = 0;
            foreach (var part in Parts(tensor.View))
            {
                var span = bytes.AsSpan(0, (int)(part.Length * part.DType.Size()));
                mapped.CopyTo(at, span);
                tensor.Backend.Upload(span, part);
                at += span.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        tensor.Touch();
    }

    private static IEnumerable<BufferView> Parts(BufferView view)
    {
        var step = Chunk / view.DType.Size();
        for (long at = 0; at < view.Length; at += step)
            yield return new BufferView(view.Buffer, view.DType, view.Offset + at, Math.Min(step, view.Length - at));
    }
}
