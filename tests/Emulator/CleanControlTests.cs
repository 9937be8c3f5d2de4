using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using static ZfNet.Tests.Emulator.CorpusData;

namespace ZfNet.Tests.Emulator;

/// <summary>The corpus's control flow against plain C#: loops, early ends, tables, calls.</summary>
[TestFixture]
public sealed class CleanControlTests
{
    [Test]
    public void Divergent_nested_loops([Values(1, 33, 257)] int n, [Values(32, 96)] int threads)
    {
        var x = Ints(n, n, 1, 400);
        int[] steps = new int[n], longest = new int[n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < x[i] % 7; j++)
            {
                var count = 0;
                for (var value = (uint)(x[i] + j); value > 1; count++)
                {
                    if (value % 2 == 1 && value % 3 == 0 && count > 40)
                        break;
                    value = value % 2 == 0 ? value / 2 : 3 * value + 1;
                }
                if (count == 13)
                    continue;
                steps[i] += count;
                longest[i] = Math.Max(longest[i], count);
            }
        using var run = new CorpusRun("control");
        DevicePointer y = run.Empty<int>(n), z = run.Empty<int>(n);
        run.Launch("nested_loops", Blocks(n, threads), threads, run.Upload(x), y, z, n);
        Assert.That(run.Download<int>(y, n), Is.EqualTo(steps));
        Assert.That(run.Download<int>(z, n), Is.EqualTo(longest));
        run.AssertClean();
    }

    [Test]
    public void Threads_leave_before_a_barrier([Values(1, 33, 100, 257)] int n, [Values(32, 96, 256)] int threads)
    {
        var x = Ints(n, n, -1000, 1000);
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(n);
        run.Launch("leave_before_barrier", Blocks(n, threads), threads, run.Upload(x), y, n);
        Assert.That(run.Download<int>(y, n), Is.EqualTo(x.Chunk(threads).SelectMany(block => block.Reverse())));
        run.AssertClean();
    }

    [Test]
    public void Warps_leave_after_a_barrier([Values(1, 4)] int blocks, [Values(32, 33, 96, 250)] int threads)
    {
        var x = Ints(threads, blocks * threads, -1000, 1000);
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(blocks);
        run.Launch("leave_after_barrier", blocks, threads, run.Upload(x), y);
        Assert.That(run.Download<int>(y, blocks), Is.EqualTo(x.Chunk(threads).Select(block => block.Sum())));
        run.AssertClean();
    }

    [Test]
    public void A_switch([Values(1, 65, 200)] int n, [Values(1, 17)] int length)
    {
        int[] program = Ints(length, length, 0, 11), x = Ints(n, n, -1000, 1000);
        if (length == 1)
            program[0] = 4;
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(n);
        run.Launch("interpreter", Blocks(n, 64), 64, run.Upload(program), run.Upload(x), y, length, n);
        Assert.That(run.Download<int>(y, n), Is.EqualTo(x.Select((value, i) => Interpret(program, value, i))));
        run.AssertClean();
    }

    private static int Interpret(int[] program, int a, int i)
    {
        var b = i;
        unchecked
        {
            for (var pc = 0; pc < program.Length; pc++)
                switch (program[(pc + i) % program.Length])
                {
                    case 0: a += b; break;
                    case 1: a -= 3; break;
                    case 2: b ^= a; break;
                    case 3: a = (int)uint.RotateLeft((uint)a, 3); break;
                    case 4: b = a * 31 + b; break;
                    case 5: a = b / 7; break;
                    case 6: b = a % 11; break;
                    case 7: a = ~b; break;
                    case 8: b = Math.Max(a, b); break;
                    case 9: a &= b; break;
                    default: return a ^ b;
                }
            return a + b;
        }
    }

    [Test]
    public void A_table_of_labels([Values(1, 33, 200)] int n)
    {
        var x = Ints(n, n, -1000, 1000);
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(n);
        run.Launch("jump_table", Blocks(n, 64), 64, run.Upload(x), y, n);
        Assert.That(run.Download<int>(y, n), Is.EqualTo(x.Select((value, i) =>
        {
            for (var round = 0; round < 5; round++)
                value = ((value ^ i) & 3) switch { 0 => value + 7, 1 => value << 1, 2 => -value, _ => ~value };
            return value;
        })));
        run.AssertClean();
    }

    [Test]
    public void Calls([Values(1, 33, 300)] int n)
    {
        var x = Ints(n, n, 1, 100_000);
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(n);
        run.Launch("calls", Blocks(n, 96), 96, run.Upload(x), y, n);
        Assert.That(
            run.Download<int>(y, n),
            Is.EqualTo(x.Select((value, i) => value % 3 == 0 ? -1 : Divisor(value, i + 1) + Divisor(i + 6, 9))));
        run.AssertClean();

        static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
    }

    [Test]
    public void Calls_with_pointers_and_structs([Values(1, 45)] int n, [Values(0, 1, 6)] int count)
    {
        double[] x = Values.Random(n, n), coefficients = Values.Random(count, count);
        var v = Floats(n + 1, 2 * n);
        using var run = new CorpusRun("control");
        DevicePointer y = run.Empty<double>(n), z = run.Empty<float>(2 * n);
        run.Launch("calls_double", 2, 32, run.Upload(x), run.Upload(coefficients), count, y, n);
        Assert.That(run.Download<double>(y, n), Is.EqualTo(x.Select(value =>
            coefficients.Reverse()
                .Aggregate(0.0, (sum, coefficient) => Math.FusedMultiplyAdd(sum, value, coefficient)))));

        const float C = 0.8f, S = 0.6f;
        run.Launch("calls_struct", 2, 32, run.Upload(v), z, C, S, n);
        var actual = run.Download<float>(z, 2 * n);
        for (var i = 0; i < n; i++)
        {
            // nvcc fuses one product of each sum or the other: a unit of the larger.
            var (px, py) = (C * (double)v[2 * i] - S * v[2 * i + 1], S * (double)v[2 * i] + C * v[2 * i + 1]);
            Assert.That(actual[2 * i], Is.EqualTo(C * px - S * py).Within(Math.Pow(2, -21)));
            Assert.That(actual[2 * i + 1], Is.EqualTo(S * px + C * py).Within(Math.Pow(2, -21)));
        }
        run.AssertClean();
    }

    [Test]
    public void A_function_that_calls_itself([Values(1, 9, 15)] int threads)
    {
        using var run = new CorpusRun("control");
        var y = run.Empty<int>(threads);
        run.Launch("recursion", 1, threads, y);
        Assert.That(
            run.Download<int>(y, threads),
            Is.EqualTo(Enumerable.Range(0, threads).Select(i => Ackermann(i % 3, i / 3))));
        run.AssertClean();

        static int Ackermann(int m, int n) => m == 0 ? n + 1 : Ackermann(m - 1, n == 0 ? 1 : Ackermann(m, n - 1));
    }
}
