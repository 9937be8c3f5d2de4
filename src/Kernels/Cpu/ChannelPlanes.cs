using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>Turns rows of pixels with their channels side by side into a plane for each channel.</summary>
internal unsafe struct ChannelPlanes
{
    public int Channels;
    public int Rows;

    /// <summary>Pixels of a row that are written.</summary>
    public int Columns;

    /// <summary>Floats between rows of the source.</summary>
    public nint SourceRow;

    /// <summary>Floats between planes of the target, whose rows follow each other.</summary>
    public nint Plane;

    public readonly void Write(float* source, float* target)
    {
        // Rows without a gap are one long row.
        if (SourceRow == (nint)Columns * Channels)
        {
            Row(source, (nint)Rows * Columns, target);
            return;
        }
        for (var row = 0; row < Rows; row++)
            Row(source + row * SourceRow, Columns, target + (nint)row * Columns);
    }

    private readonly void Row(float* source, nint pixels, float* target)
    {
        nint pixel = 0;
        if (Avx.IsSupported && Channels >= 8)
        {
            for (; pixel + 8 <= pixels; pixel += 8)
            {
                var c = 0;
                for (; c + 8 <= Channels; c += 8)
                    Packing.Transpose8x8(source + pixel * Channels + c, Channels, target + c * Plane + pixel, Plane);
                for (; c < Channels; c++)
                {
                    for (var i = 0; i < 8; i++)
                        target[c * Plane + pixel + i] = source[(pixel + i) * Channels + c];
                }
            }
        }
        for (; pixel < pixels; pixel++)
        {
            for (var c = 0; c < Channels; c++)
                target[c * Plane + pixel] = source[pixel * Channels + c];
        }
    }
}
