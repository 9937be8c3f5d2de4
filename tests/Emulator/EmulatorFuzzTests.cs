using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>The corpus with random damage: every kernel is refused in a sentence, or runs to an end whatever it does.</summary>
[TestFixture]
public sealed class EmulatorFuzzTests
{
    private static readonly EmulatorChecks Some = EmulatorChecks.All with { Throw = false, InstructionBudget = 20_000, MaxReports = 8 };

    [Test]
    public void Damaged_kernels_are_refused_or_run_to_an_end([Range(1, 6)] int seed)
    {
        var random = new Random(seed);
        string[] files = [.. KernelPtx.All()];
        int ran = 0, refused = 0;
        for (var i = 0; i < 12; i++)
        {
            var text = Damage(KernelPtx.Read(files[random.Next(files.Length)]), random);
            using var gpu = new SoftwareGpu(new() { Checks = i % 3 == 0 ? EmulatorChecks.None with { Throw = false, InstructionBudget = 20_000 } : Some });
            try
            {
                using var module = gpu.LoadModule("damaged.ptx", Encoding.ASCII.GetBytes(text));
                foreach (Match entry in Regex.Matches(text, @"\.entry (\w+)"))
                {
                    try
                    {
                        Launch(gpu, module.FindKernel(entry.Groups[1].Value), text, entry, random);
                        ran++;
                    }
                    catch (GpuException)
                    {
                        refused++;
                    }
                }
            }
            catch (GpuException)
            {
                refused++;
            }
        }
        Assert.That(ran, Is.GreaterThan(0));
        Assert.That(ran + refused, Is.GreaterThanOrEqualTo(12));
    }

    /// <summary>Launches with pointers to a small buffer, to nowhere, and small numbers.</summary>
    private static void Launch(SoftwareGpu gpu, IGpuKernel kernel, string text, Match entry, Random random)
    {
        var parameters = Regex.Matches(text[entry.Index..text.IndexOf('{', entry.Index)], @"\.param \.(\w+)");
        var buffer = gpu.Allocate(4096);
        gpu.Fill(buffer, 1, 2048, gpu.DefaultStream);
        KernelArgument[] arguments =
        [
            .. parameters.Select(parameter => parameter.Groups[1].Value switch
            {
                "u64" or "b64" when random.Next(8) == 0 => (KernelArgument)random.NextInt64(),
                "u64" or "b64" => buffer + (4 * random.Next(64)),
                "f64" => 1.5,
                "f32" => 1.5f,
                _ => random.Next(1, 100),
            }),
        ];
        try
        {
            var shape = new LaunchShape(new(random.Next(1, 4)), new(random.Next(1, 100)), 4 * random.Next(64));
            gpu.Launch(kernel, shape, gpu.DefaultStream, arguments);
            gpu.Synchronize();
        }
        finally
        {
            gpu.Free(buffer);
        }
    }

    /// <summary>A few operands, modifiers or numbers exchanged for others of the file, or left out.</summary>
    private static string Damage(string text, Random random)
    {
        var result = new StringBuilder(text);
        for (var damage = random.Next(1, 12); damage > 0; damage--)
        {
            var words = Regex.Matches(result.ToString(), @"%?[\w$]+(\.\w+)*");
            Match to = words[random.Next(words.Count / 8, words.Count)], from = words[random.Next(words.Count / 8, words.Count)];
            // Mostly like for like, so that some of it still reads.
            for (var tries = 0; tries < 60 && (from.Value[0] == '%' ? from.Value[..2] != to.Value[..Math.Min(2, to.Value.Length)] : from.Value[0] != to.Value[0]); tries++)
                from = words[random.Next(words.Count / 8, words.Count)];
            result.Remove(to.Index, to.Length);
            if (random.Next(10) > 0)
                result.Insert(to.Index, from.Value);
        }
        return result.ToString();
    }
}
