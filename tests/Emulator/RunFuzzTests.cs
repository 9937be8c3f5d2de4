using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// Kernels with damaged instructions and arguments by chance: loaded, found and launched, or refused with a sentence.
/// Every launch ends, whatever the checks, and nothing is touched that is not the kernel's, or the process would end.
/// </summary>
[TestFixture]
public sealed partial class RunFuzzTests
{
    static readonly string[] Files =
    [
        "atomics", "control", "memory", "reduction", "saxpy", "scan", "softmax", "transpose", "warps",
        "faulty_barriers",
    ];

    static readonly string[] Opcodes =
    [
        "add.s32", "ld.global.f32", "st.shared.u32", "bar.sync", "bar.warp.sync", "ret", "exit", "trap", "bra",
        "bra.uni", "mul.wide.u32", "setp.lt.s32", "cvt.u64.u32", "atom.global.add.u32", "red.shared.add.u32",
        "vote.sync.any.pred", "shfl.sync.down.b32", "ld.shared.v4.f32", "st.global.v2.u64", "ld.local.u32", "ld.u8",
        "st.u16", "membar.gl", "activemask.b32", "cvta.to.global.u64", "isspacep.shared", "prmt.b32", "nothing.b32",
    ];

    static readonly string[] Operands =
    [
        "%r1", "%r2", "%rd1", "%rd2", "%p1", "%f1", "0", "1", "-1", "31", "64", "1000000", "0x7fffffff", "[%rd1]",
        "[%r1]", "[%rd1+4]", "[0]", "{%f1, %f2}", "_", "%tid.x", "%clock64", "0f3F800000", "WARP_SZ",
    ];

    static readonly string[] Words =
    [
        "u8", "s16", "b32", "u64", "f32", "f64", "f16x2", "pred", "v2", "v4", "global", "shared", "local", "param",
        "const", "sync", "aligned", "rn", "sat", "ftz", "cc", "hi", "wide", "approx", "volatile", "relaxed", "gpu",
    ];

    [TestCase(1, true)]
    [TestCase(2, false)]
    public void Damaged_kernels_run_or_are_refused(int seed, bool checks)
    {
        var random = new Random(seed);
        var texts = Files.Select(file => KernelPtx.Read($"tests/Emulator/Corpus/{file}.ptx").Split('\n')).ToArray();
        int launches = 0, refusals = 0, reports = 0;
        for (var i = 0; i < 200; i++)
        {
            var lines = (string[])texts[random.Next(texts.Length)].Clone();
            for (var damage = random.Next(1, 4); damage > 0; damage--)
                Damage(lines, random);
            var which = checks ? EmulatorChecks.All : EmulatorChecks.None;
            which = which with { InstructionBudget = 5000, Throw = false };
            using var gpu = new SoftwareGpu(new SoftwareGpuOptions { Checks = which });
            try
            {
                LaunchAll(gpu, string.Join('\n', lines), random, ref launches, ref refusals);
            }
            catch (GpuException refused)
            {
                AssertSentence(refused);
                refusals++;
            }
            reports += gpu.Reports.Count;
        }
        Assert.That(launches, Is.GreaterThan(200));
        Assert.That(refusals, Is.GreaterThan(20));
        Assert.That(reports, Is.GreaterThan(50));
    }

    static void LaunchAll(SoftwareGpu gpu, string text, Random random, ref int launches, ref int refusals)
    {
        using var module = gpu.LoadModule("fuzz", Encoding.ASCII.GetBytes(text));
        foreach (var entry in PtxParser.Parse("fuzz", text).Functions.Where(function => function.IsEntry))
        {
            var taken = new List<DevicePointer>();
            try
            {
                var kernel = module.FindKernel(entry.Name);
                var arguments = entry.Parameters.Select(parameter => Argument(gpu, parameter, random, taken)).ToArray();
                int[] sizes = [1, 31, 32, 64, 96, 256];
                var block = new Extent(sizes[random.Next(sizes.Length)]);
                var shape = new LaunchShape(new Extent(random.Next(1, 4)), block, random.Next(3) * 1024);
                gpu.Launch(kernel, shape, gpu.DefaultStream, arguments);
                gpu.Synchronize();
                launches++;
            }
            catch (GpuException refused)
            {
                AssertSentence(refused);
                refusals++;
            }
            taken.ForEach(gpu.Free);
        }
    }

    static KernelArgument Argument(SoftwareGpu gpu, PtxVariable parameter, Random random, List<DevicePointer> taken)
    {
        if (parameter.Bytes < 8)
            return random.Next(200);
        if (parameter.Type == PtxType.F64 || random.Next(8) == 0)
            return (long)random.Next(300);
        taken.Add(gpu.Allocate(random.Next(1, 4) * 1024));
        if (random.Next(3) > 0)
            gpu.Fill(taken[^1], (byte)random.Next(3), 1024, gpu.DefaultStream);
        return taken[^1];
    }

    static void AssertSentence(GpuException refused) =>
        Assert.That(refused.Message, Does.EndWith(".").And.Not.Contain("\n"));

    /// <summary>Changes one instruction: opcode, a modifier, an operand, a guard.</summary>
    static void Damage(string[] lines, Random random)
    {
        Match match;
        int at;
        do
        {
            at = random.Next(lines.Length);
            match = Instruction().Match(lines[at]);
        }
        while (!match.Success);
        var words = match.Groups["opcode"].Value.Split('.').ToList();
        var operands = OperandComma().Split(match.Groups["operands"].Value).ToList();
        var operand = random.Next(operands.Count);
        switch (random.Next(7))
        {
            case 0:
                words = [Opcodes[random.Next(Opcodes.Length)]];
                break;
            case 1:
                words.Insert(random.Next(1, words.Count + 1), Words[random.Next(Words.Length)]);
                break;
            case 2:
                words.RemoveAt(random.Next(words.Count));
                break;
            case 3:
                operands[operand] = Operands[random.Next(Operands.Length)];
                break;
            case 4:
                operands.RemoveAt(operand);
                break;
            case 5:
                operands.Insert(operand, Operands[random.Next(Operands.Length)]);
                break;
            default:
                lines[at] = string.Empty;
                return;
        }
        var guard = random.Next(10) == 0 ? "@%p1 " : match.Groups["guard"].Value;
        lines[at] = $"{guard}{string.Join('.', words)} {string.Join(", ", operands)};";
    }

    [GeneratedRegex(@"^\s*(?<guard>@!?%p\d+\s+)?(?<opcode>[a-z][\w.:]*)\s+(?<operands>.*);\s*$")]
    private static partial Regex Instruction();

    [GeneratedRegex(@",\s*(?![^{]*\})")]
    private static partial Regex OperandComma();
}
