using NUnit.Framework;
using ZfNet.Tests.Emulator;

namespace ZfNet.Tests;

[TestFixture]
public sealed class PtxCoverageBarTests
{
    private const string Corpus = "tests/Emulator/Corpus/a.ptx";

    [Test]
    public void Enough_is_only_counted() =>
        Assert.That(
            Describe(new(KernelPtx.Product, "a_f32", 98, 100, "7"), new(Corpus, "c", 0, 10, "all")),
            Is.EqualTo(new[]
            {
                "PTX executed, src/Kernels/Ptx/kernels.ptx: 98.0 % (98 of 100 instructions of 1 kernels)",
                "PTX executed, corpus: 0.0 % (0 of 10 instructions of 1 kernels)",
            }));

    [Test]
    public void Too_little_fails_the_run_and_names_the_kernels() =>
        Assert.That(
            Describe(new(KernelPtx.Product, "a_f32", 94, 100, "7-12"), new(KernelPtx.Product, "b_f32", 103, 104, "20")),
            Is.EqualTo(new[]
            {
                "PTX executed, src/Kernels/Ptx/kernels.ptx: 96.6 % (197 of 204 instructions of 2 kernels)",
                "  under 95.0 %: a_f32 94.0 %; missing lines: 7-12",
                "PTX coverage fails: 96.6 % (197 of 204 instructions of 2 kernels) of src/Kernels/Ptx/kernels.ptx ran, "
                    + "and the bar is 98.0 %; see a_f32.",
            }));

    [Test]
    public void A_kernel_that_never_ran_fails_the_run() =>
        Assert.That(
            Describe(new(KernelPtx.Product, "a_f32", 1000, 1000, ""), new(KernelPtx.Product, "b_f32", 0, 1, "all")),
            Does.Contain("PTX coverage fails: no test has run b_f32."));

    private static string[] Describe(params CoverageSummary.Entry[] entries) => [.. CoverageSummary.Describe(entries)];
}
