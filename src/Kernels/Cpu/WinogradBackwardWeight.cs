using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// The gradient of a convolution's weights with as few multiplications as <see cref="WinogradConvolution"/> takes for the
/// forward pass, whose transpose it is: dg = Gt [(A dY At) * (Bt d B)] G, summed over the tiles of all images.
/// </summary>
/// <remarks>
/// Every tile of dy becomes P = A dY At, every window of x becomes V = Bt d B, both as rows of tiles, one for each cell and
/// channel; then each cell is a matrix product over tiles, dU = P Vt [Cout x Cin], and dw is Gt dU G. Parallel steps, each in an
/// order that depends on the shape alone.
/// </remarks>
internal static unsafe class WinogradBackwardWeight
{
    private const int MaxCells = 36;

    /// <summary>dw = the gradient of w, summed over the batch.</summary>
    public static void Run(KernelContext context, in WinogradConvolution.Shape shape, float* x, float* dy, float* dw)
    {
        switch (shape.Tile)
        {
            case WinogradConvolution.Tile.F2x3:
                Run<WinogradF2x3>(context, shape, x, dy, dw);
                break;
            case WinogradConvolution.Tile.F4x3:
                Run<WinogradSixPoints<FourOutputs>>(context, shape, x, dy, dw);
                break;
            default:
                Run<WinogradSixPoints<TwoOutputs>>(context, shape, x, dy, dw);
                break;
        }
    }

    private static void Run<TTile>(KernelContext context, in WinogradConvolution.Shape shape, float* x, float* dy, float* dw)
        where TTile : struct, IWinogradTile
    {
        int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1, cells = size * size;
        var windows = WinogradConvolution.Windows<TTile>(shape);
        var tiles = new PlaneLayout(shape.OH, shape.OW, outputs, outputs, 0, 0, shape.TileRows, shape.TileColumns);
        var chunk = WinogradConvolution.ImagesAtOnce(context, shape);
        // Eight tiles are written at once: what they write too much must lie in their own row.
        var pitch = (chunk * shape.Tiles + 8 + 15) & ~15;
        var perWorker = Scratch.Apart(Math.Max(windows.Floats, tiles.Floats));
        using var planes = new Scratch(perWorker * context.Pool.Threads);
        nint inputCell = shape.Cin * pitch + WinogradConvolution.Skew, gradientCell = shape.Cout * pitch + WinogradConvolution.Skew;
        var sumCell = (nint)shape.Cout * shape.Cin + WinogradConvolution.Skew;
        using var inputs = new Scratch(cells * inputCell);
        using var gradients = new Scratch(cells * gradientCell);
        using var sums = new Scratch(cells * sumCell);
        for (var n = 0; n < shape.N; n += chunk)
        {
            var images = Math.Min(chunk, shape.N - n);
            var body = new TransformBody<TTile>
            {
                Images = images, TileRows = shape.TileRows, TileColumns = shape.TileColumns, Planes = planes.Floats,
                PerWorker = perWorker, Pitch = pitch,
            };
            body.Run(context.Pool, windows, size, shape.Cin, x + (nint)n * shape.Cin * shape.H * shape.W, inputs.Floats, false);
            body.Run(
                context.Pool, tiles, outputs, shape.Cout, dy + (nint)n * shape.Cout * shape.OH * shape.OW, gradients.Floats, true);
            for (var cell = 0; cell < cells; cell++)
            {
                Gemm.Run(
                    context, shape.Cout, shape.Cin, images * shape.Tiles, gradients.Floats + cell * gradientCell, pitch, false,
                    inputs.Floats + cell * inputCell, pitch, true, sums.Floats + cell * sumCell, shape.Cin,
                    accumulate: n > 0);
            }
        }
        context.Pool.Run(shape.Cout, new FilterBody<TTile> { Cin = shape.Cin, Cell = sumCell, Sums = sums.Floats, Target = dw });
    }

    /// <summary>One channel: every tile of every image, a row for each cell.</summary>
    private struct TransformBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public int Images, TileRows, TileColumns;

        /// <summary>A padded plane for each worker.</summary>
        public float* Planes;
        public nint PerWorker;

        /// <summary>Floats between channels of a cell's rows.</summary>
        public nint Pitch;

        private int _channels;
        private PlaneLayout _layout;
        private float* _source;

        /// <summary>Where each cell of a window, or of a tile of the gradient, lies in a plane.</summary>
        private nint* _offsets;
        private float* _rows;
        private bool _gradient;

        /// <summary>Transforms windows of padded planes, or tiles where it is the gradient.</summary>
        public void Run(WorkerPool pool, in PlaneLayout layout, int window, int channels, float* source, float* rows, bool gradient)
        {
            var offsets = stackalloc nint[MaxCells];
            for (var i = 0; i < window * window; i++)
                offsets[i] = layout.Offset(i / window, i % window);
            (_channels, _layout, _gradient) = (channels, layout, gradient);
            _source = source;
            _offsets = offsets;
            _rows = rows;
            pool.Run(channels, this);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            int outputs = TTile.Outputs, size = outputs + TTile.Taps - 1;
            var row = _rows + (nint)index * Pitch;
            var cell = _channels * Pitch + WinogradConvolution.Skew;
            var half = stackalloc float[MaxCells * 8];
            var lines = stackalloc nint[MaxCells];
            for (var i = 0; i < MaxCells; i++)
                lines[i] = i * 8;
            for (var image = 0; image < Images; image++)
            {
                var plane = Planes + worker * PerWorker;
                _layout.Copy(_source + ((nint)image * _channels + (nint)index) * _layout.H * _layout.W, plane);
                for (var ty = 0; ty < TileRows; ty++, plane += _layout.Columns)
                {
                    for (var tx = 0; tx < TileColumns; tx += 8)
                    {
                        var to = row + tx;
                        if (_gradient)
                        {
                            for (var c = 0; c < outputs; c++)
                                TTile.OutputTransposed(plane + tx, _offsets + c, outputs, half + c * 8, outputs * 8);
                            for (var r = 0; r < size; r++)
                                TTile.OutputTransposed(half, lines + r * outputs, 1, to + r * size * cell, cell);
                        }
                        else
                        {
                            for (var c = 0; c < size; c++)
                                TTile.Input(plane + tx, _offsets + c, size, half + c * 8, size * 8);
                            for (var r = 0; r < size; r++)
                                TTile.Input(half, lines + r * size, 1, to + r * size * cell, cell);
                        }
                    }
                    row += TileColumns;
                }
            }
        }
    }

    /// <summary>One output channel: dw = Gt dU G for every input channel.</summary>
    private struct FilterBody<TTile> : IParallelBody
        where TTile : struct, IWinogradTile
    {
        public nint Cin;
        public nint Cell;
        public float* Sums;
        public float* Target;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(long index, int worker)
        {
            int taps = TTile.Taps, size = TTile.Outputs + taps - 1;
            var half = stackalloc float[30 * 8];
            var filter = stackalloc float[25 * 8];
            var u = Sums + (nint)index * Cin;
            var target = Target + (nint)index * Cin * taps * taps;
            for (nint channel = 0; channel < Cin; channel += 8)
            {
                // Lanes past the last channel hold others' sums and are not stored.
                for (var c = 0; c < size; c++)
                    TTile.FilterTransposed(u + channel + c * Cell, size * Cell, half + c * 8, size * 8);
                for (var r = 0; r < taps; r++)
                    TTile.FilterTransposed(half + r * size * 8, 8, filter + r * taps * 8, 8);
                var lanes = (int)Math.Min(8, Cin - channel);
                for (var lane = 0; lane < lanes; lane++)
                {
                    for (var tap = 0; tap < taps * taps; tap++)
                        *target++ = filter[tap * 8 + lane];
                }
            }
        }
    }
}
