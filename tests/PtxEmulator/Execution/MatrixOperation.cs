using System.Numerics;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// mma.sync of 16 x 8 tiles: D = A B + C, the matrices spread over the registers of a warp. Products are exact and
/// their
/// sum is rounded once from float64; a device adds them in float32, in an order and with a rounding that the ISA leaves
/// open.
/// </summary>
/// <param name="type">Type of A and B: tf32, f16 or bf16.</param>
/// <param name="depth">Columns of A.</param>
/// <param name="halfSums">Whether C and D are f16 instead of f32.</param>
/// <param name="d">Registers of D.</param>
/// <param name="a">Registers of A.</param>
/// <param name="b">Registers of B.</param>
/// <param name="c">Registers of C.</param>
/// <param name="all">A slot that names all lanes.</param>
internal sealed unsafe class MatrixOperation(
    PtxType type, int depth, bool halfSums, Slot[] d, Slot[] a, Slot[] b, Slot[] c, Slot all) : GateOperation(all)
{
    private const int Rows = 16;
    private const int Columns = 8;

    protected override void Run(Warp warp, uint mask, uint members)
    {
        double* left = stackalloc double[Rows * 16], right = stackalloc double[16 * Columns],
            sums = stackalloc double[Rows * Columns];
        // Elements that share a register, and the step from one register to the next along the sum.
        var packed = type == PtxType.TF32 ? 1 : 2;
        for (var lane = 0; lane < 32; lane++)
        {
            int group = lane / 4, member = lane % 4;
            for (var i = 0; i < a.Length * packed; i++)
            {
                var row = group + (i / packed % 2 * 8);
                var k = (member * packed) + (i % packed) + (i / packed / 2 * 4 * packed);
                left[(row * depth) + k] = Element(warp, a[i / packed], lane, i % packed);
            }
            for (var i = 0; i < b.Length * packed; i++)
            {
                var k = (member * packed) + (i % packed) + (i / packed * 4 * packed);
                right[(k * Columns) + group] = Element(warp, b[i / packed], lane, i % packed);
            }
            for (var i = 0; i < 4; i++)
            {
                sums[((group + (i / 2 * 8)) * Columns) + (member * 2) + (i % 2)] = halfSums
                    ? Half(warp, c[i / 2], lane, i % 2)
                    : BitConverter.UInt32BitsToSingle(Lanes(warp, c[i])[lane]);
            }
        }
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                for (var k = 0; k < depth; k++)
                    sums[(row * Columns) + column] += left[(row * depth) + k] * right[(k * Columns) + column];
            }
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            for (var i = 0; i < 4; i++)
            {
                var sum = sums[((lane / 4) + (i / 2 * 8)) * Columns + (lane % 4 * 2) + (i % 2)];
                if (halfSums)
                    ((ushort*)(Lanes(warp, d[i / 2]) + lane))[i % 2] = double.IsNaN(sum) ? (ushort)0x7FFF
                        : BitConverter.HalfToUInt16Bits((Half)sum);
                else
                    Lanes(warp, d[i])[lane] = double.IsNaN(sum) ? 0x7FFFFFFF
                        : BitConverter.SingleToUInt32Bits((float)sum);
            }
        }
    }

    private double Element(Warp warp, Slot slot, int lane, int part)
    {
        var bits = Lanes(warp, slot)[lane];
        return type switch
        {
            // The low thirteen bits of a tf32 are not looked at.
            PtxType.TF32 => BitConverter.UInt32BitsToSingle(bits & 0xFFFFE000),
            PtxType.F16 => Half(warp, slot, lane, part),
            _ => BitConverter.UInt32BitsToSingle(part == 0 ? bits << 16 : bits & 0xFFFF0000),
        };
    }

    private static double Half(Warp warp, Slot slot, int lane, int part) =>
        (double)BitConverter.UInt16BitsToHalf(((ushort*)(Lanes(warp, slot) + lane))[part]);
}
