using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>Bias and rectifier over a tile that has just been stored and is still in L1.</summary>
internal static unsafe class TileEpilogue
{
    /// <summary>Applies what <see cref="TileArgs.Mode"/> asks for besides the sum.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Apply(in TileArgs args, int rows, int columns)
    {
        var mode = args.Mode;
        var relu = (mode & TileMode.Relu) != 0;
        var floor = Vector128<float>.Zero;
        for (var row = 0; row < rows; row++)
        {
            var c = args.C + row * args.Ldc;
            var bias = Vector128.Create((mode & TileMode.RowBias) != 0 ? args.RowBias[row] : 0f);
            for (var j = 0; j < columns; j += 4)
            {
                var value = Vector128.Load(c + j) + bias;
                if ((mode & TileMode.ColumnBias) != 0)
                    value += Vector128.Load(args.ColumnBias + j);
                if (relu)
                    value = Vector128.ConditionalSelect(Vector128.LessThanOrEqual(value, floor), floor, value);
                value.Store(c + j);
            }
        }
    }
}
