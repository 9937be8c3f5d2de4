using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>mma.sync, ldmatrix and cp.async, by the tables of the PTX ISA.</summary>
[TestFixture]
public sealed class TileTests
{
    private static readonly LaunchShape OneWarp = new(new(1), new(32));

    private static string Newer(string ptx) => ptx.Replace(".target sm_75", ".target sm_80", StringComparison.Ordinal);

    [TestCase("m16n8k4", "tf32", "f32")]
    [TestCase("m16n8k8", "tf32", "f32")]
    [TestCase("m16n8k8", "f16", "f32")]
    [TestCase("m16n8k16", "f16", "f32")]
    [TestCase("m16n8k8", "f16", "f16")]
    [TestCase("m16n8k16", "f16", "f16")]
    [TestCase("m16n8k8", "bf16", "f32")]
    [TestCase("m16n8k16", "bf16", "f32")]
    public void Tiles_are_multiplied(string shape, string type, string sums)
    {
        var depth = int.Parse(shape[5..].TrimStart('k'), System.Globalization.CultureInfo.InvariantCulture);
        var packed = type == "tf32" ? 1 : 2;
        int registersA = depth / 2 / packed, registersB = depth / 4 / packed, registersC = sums == "f16" ? 2 : 4;
        var random = new Random(depth);
        // Small whole numbers and halves: every sum is exact in every type.
        double[,] a = Matrix(16, depth), b = Matrix(depth, 8), c = Matrix(16, 8);
        // The figures "fragment layout" of the ISA: where each element of a register of a lane comes from.
        var fragmentA = Fragment(registersA, packed, (lane, i) => packed == 1
            ? a[(lane >> 2) + (i % 2 == 1 ? 8 : 0), (lane % 4) + (i >= 2 ? 4 : 0)]
            : a[(lane >> 2) + (i / 2 % 2 == 1 ? 8 : 0), (lane % 4 * 2) + (i & 1) + (i >= 4 ? 8 : 0)]);
        var fragmentB = Fragment(registersB, packed, (lane, i) => packed == 1
            ? b[(lane % 4) + (4 * i), lane >> 2]
            : b[(lane % 4 * 2) + (i & 1) + (i >= 2 ? 8 : 0), lane >> 2]);
        double C(int lane, int i) => c[(lane >> 2) + (i >= 2 ? 8 : 0), (lane % 4 * 2) + (i & 1)];
        var fragmentC = sums == "f16"
            ? Fragment(2, 2, C)
            : [.. Enumerable.Range(0, 128).Select(at => BitConverter.SingleToUInt32Bits((float)C(at % 32, at / 32)))];
        var loads = Loads('a', registersA, 1) + Loads('b', registersB, 2) + Loads('c', registersC, 3);
        var ptx = Newer(EmulatorRun.Module("k", 4, 0, $$"""
            .reg .b32 %a<4>; .reg .b32 %b<4>; .reg .b32 %c<4>; .reg .b32 %e<4>;
            mov.u32 %r1, %tid.x; mul.wide.u32 %d1, %r1, 4; {{loads}}
            mma.sync.aligned.{{shape}}.row.col.{{sums}}.{{type}}.{{type}}.{{sums}} {{Names('e', registersC)}}, {{Names('a', registersA)}}, {{Names('b', registersB)}}, {{Names('c', registersC)}};
            add.s64 %d2, %p0_, %d1; {{string.Join(' ', Enumerable.Range(0, registersC).Select(i => $"st.global.b32 [%d2+{128 * i}], %e{i};"))}} ret;
            """));
        using var run = new EmulatorRun();
        var result = run.Zeros(512);
        run.Run(ptx, OneWarp, result, run.Buffer<uint>(fragmentA), run.Buffer<uint>(fragmentB), run.Buffer<uint>(fragmentC));
        run.AssertClean();
        var bits = run.Read<uint>(result, 128);
        for (var lane = 0; lane < 32; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                int row = (lane >> 2) + (i >= 2 ? 8 : 0), column = (lane % 4 * 2) + (i & 1);
                var expected = c[row, column];
                for (var k = 0; k < depth; k++)
                    expected += a[row, k] * b[k, column];
                var actual = sums == "f16"
                    ? (double)BitConverter.UInt16BitsToHalf((ushort)(bits[(i / 2 * 32) + lane] >> (16 * (i & 1))))
                    : BitConverter.UInt32BitsToSingle(bits[(i * 32) + lane]);
                Assert.That(actual, Is.EqualTo(expected), $"row {row}, column {column}");
            }
        }

        double[,] Matrix(int rows, int columns)
        {
            var values = new double[rows, columns];
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                    values[i, j] = random.Next(-8, 9) / 2.0;
            }
            return values;
        }

        uint[] Fragment(int registers, int elements, Func<int, int, double> element)
        {
            var fragment = new uint[registers * 32];
            for (var lane = 0; lane < 32; lane++)
            {
                for (var i = 0; i < registers * elements; i++)
                    fragment[(i / elements * 32) + lane] |= Bits(element(lane, i)) << (elements == 1 ? 0 : 16 * (i % 2));
            }
            return fragment;
        }

        uint Bits(double value) => type switch
        {
            "tf32" => BitConverter.SingleToUInt32Bits((float)value) | 0x1234 & 0x1FFF,
            "f16" => BitConverter.HalfToUInt16Bits((Half)value),
            _ => BitConverter.SingleToUInt32Bits((float)value) >> 16,
        };

        string Loads(char name, int count, int pointer) => $"add.s64 %d2, %p{pointer}_, %d1; "
            + string.Join(' ', Enumerable.Range(0, count).Select(i => $"ld.global.b32 %{name}{i}, [%d2+{128 * i}];")) + " ";

        string Names(char name, int count) => "{" + string.Join(", ", Enumerable.Range(0, count).Select(i => $"%{name}{i}")) + "}";
    }

    [TestCase(1, false)]
    [TestCase(2, false)]
    [TestCase(4, false)]
    [TestCase(1, true)]
    [TestCase(4, true)]
    public void Rows_in_shared_memory_become_fragments(int tiles, bool transpose)
    {
        var names = string.Join(", ", Enumerable.Range(10, tiles).Select(i => $"%r{i}"));
        var stores = string.Join(' ', Enumerable.Range(0, tiles).Select(i => $"st.global.b32 [%d2+{128 * i}], %r{10 + i};"));
        // Tile by tile, row by row: element (tile, row, column) is its own number.
        var ptx = EmulatorRun.Module("k", 1, 0, $$"""
            mov.u32 %r1, %tid.x; mul.wide.u32 %d1, %r1, 4; add.s64 %d2, %p0_, %d1; mov.u32 %r2, rows; mov.u32 %r3, 0;
            FILL: mad.lo.u32 %r4, %r3, 32, %r1; shl.b32 %r5, %r4, 1; add.u32 %r5, %r5, %r2; cvt.u16.u32 %h1, %r4; st.shared.u16 [%r5], %h1;
            add.u32 %r3, %r3, 1; setp.lt.u32 %q1, %r3, 8; @%q1 bra FILL;
            bar.sync 0; shl.b32 %r6, %r1, 4; add.u32 %r6, %r6, %r2;
            ldmatrix.sync.aligned.m8n8.x{{tiles}}{{(transpose ? ".trans" : "")}}.shared.b16 {{{names}}}, [%r6];
            {{stores}} ret;
            """, ".shared .align 16 .b8 rows[512];");
        using var run = new EmulatorRun();
        var result = run.Zeros(512);
        run.Run(ptx, OneWarp, result);
        run.AssertClean();
        var bits = run.Read<uint>(result, 32 * tiles);
        for (var i = 0; i < bits.Length; i++)
        {
            int tile = i / 32, outer = i % 32 / 4, inner = i % 4 * 2;
            uint first = (uint)(transpose ? (inner * 8) + outer : (outer * 8) + inner), second = first + (transpose ? 8u : 1u);
            Assert.That(bits[i], Is.EqualTo(((64 * (uint)tile) + first) | (((64 * (uint)tile) + second) << 16)), $"register {tile} of lane {i % 32}");
        }
    }

    [Test]
    public void Asynchronous_copies_arrive_and_fill_up_with_zeros()
    {
        var ptx = Newer(EmulatorRun.Module("k", 2, 0, """
            mov.u32 %r1, %tid.x; mul.wide.u32 %d1, %r1, 16; add.s64 %d2, %p1_, %d1; shl.b32 %r2, %r1, 4; mov.u32 %r3, box; add.u32 %r3, %r3, %r2;
            and.b32 %r4, %r1, 3; shl.b32 %r4, %r4, 2;
            cp.async.ca.shared.global [%r3], [%d2], 16, %r4; cp.async.commit_group; cp.async.wait_group 0; bar.warp.sync -1;
            ld.shared.v4.u32 {%r5, %r6, %r7, %r8}, [%r3]; add.s64 %d3, %p0_, %d1; st.global.v4.u32 [%d3], {%r5, %r6, %r7, %r8}; ret;
            """, ".shared .align 16 .b8 box[512];"));
        using var run = new EmulatorRun();
        var source = run.Buffer<uint>([.. Enumerable.Range(100, 128).Select(i => (uint)i)]);
        var result = run.Zeros(512);
        run.Run(ptx, OneWarp, result, source);
        run.AssertClean();
        Assert.That(run.Read<uint>(result, 128), Is.EqualTo(Enumerable.Range(0, 128).Select(i => i % 4 < i / 4 % 4 ? 100 + i : 0)));
    }

    [Test]
    public void An_asynchronous_copy_past_the_end_is_reported()
    {
        var ptx = Newer(EmulatorRun.Module("k", 1, 0, """
            mov.u32 %r1, %tid.x; mul.wide.u32 %d1, %r1, 4; add.s64 %d2, %p0_, %d1; shl.b32 %r2, %r1, 2; mov.u32 %r3, box; add.u32 %r3, %r3, %r2;
            cp.async.ca.shared.global [%r3], [%d2], 4; // here
            cp.async.wait_all; ret;
            """, ".shared .align 16 .b8 box[128];"));
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(124));
        Assert.That(run.Only(CheckKind.OutOfBounds, ptx, "// here").Thread, Is.EqualTo(new Extent(31, 0, 0)));
    }
}
