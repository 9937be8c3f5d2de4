using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests;

[TestFixture]
public sealed class TolerancesTests
{
    private const string Header = "| family | dtype | comparison | relative | absolute | reason |\n|---|---|---|---|---|---|\n";

    [Test]
    public void The_documents_rows_are_read()
    {
        Assert.That(Tolerances.For("conv", DType.Float64, "difference").Relative, Is.Positive);
        Assert.That(Tolerances.For("elementwise", DType.Float32, "reference").Absolute, Is.Zero);
    }

    [Test]
    public void A_row_is_relative_then_absolute()
    {
        var table = new Tolerances(Header + "| conv | float32 | reference | 1e-3 | 2e-5 | because |\n");
        Assert.That(table["conv", DType.Float32, "reference"], Is.EqualTo(new Tolerance(1e-3, 2e-5)));
        Assert.That(table["conv", DType.Float32, "reference"].At(-10), Is.EqualTo(0.01002).Within(1e-15));
    }

    [Test]
    public void An_unknown_key_is_an_error()
    {
        var error = Assert.Throws<KeyNotFoundException>(() => Tolerances.For("conv", DType.Float32, "a guess"));
        Assert.That(error.Message, Is.EqualTo("docs/numerics.md has no row for conv, float32, a guess."));
    }

    [TestCase("| conv | float32 | reference | 1e-3 | 2e-5 |")]
    [TestCase("| conv | float32 | reference | 1e-3 | 2e-5 | |")]
    [TestCase("| conv | float32 | reference | much | 2e-5 | because |")]
    [TestCase("| conv | float32 | reference | NaN | 2e-5 | because |")]
    [TestCase("| conv | float32 | reference | -1e-3 | 2e-5 | because |")]
    [TestCase("| conv | float32 | reference | 0.5 | 2e-5 | because |")]
    [TestCase("| a | float32 | hand | 0 | 0 | because |\n| a | float32 | hand | 0 | 0 | because |")]
    public void A_bad_row_is_an_error(string rows) => Assert.Throws<FormatException>(() => _ = new Tolerances(Header + rows));
}
