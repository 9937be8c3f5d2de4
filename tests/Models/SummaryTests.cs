using NUnit.Framework;

namespace ZfNet.Tests.Models;

public sealed class SummaryTests
{
    // Printed by torchsummary itself for the article's class.
    private const string Wide = """
        ----------------------------------------------------------------
                Layer (type)               Output Shape         Param #
        ================================================================
                    Conv2d-1         [-1, 96, 111, 111]          14,208
                      ReLU-2         [-1, 96, 111, 111]               0
                 MaxPool2d-3           [-1, 96, 55, 55]               0
                    Conv2d-4          [-1, 256, 55, 55]         614,656
                      ReLU-5          [-1, 256, 55, 55]               0
                 MaxPool2d-6          [-1, 256, 27, 27]               0
                    Conv2d-7          [-1, 512, 27, 27]       1,180,160
                      ReLU-8          [-1, 512, 27, 27]               0
                    Conv2d-9         [-1, 1024, 27, 27]       4,719,616
                     ReLU-10         [-1, 1024, 27, 27]               0
                   Conv2d-11          [-1, 512, 27, 27]       4,719,104
                     ReLU-12          [-1, 512, 27, 27]               0
                MaxPool2d-13          [-1, 512, 13, 13]               0
                  Dropout-14                [-1, 86528]               0
                   Linear-15                 [-1, 4096]     354,422,784
                     ReLU-16                 [-1, 4096]               0
                  Dropout-17                 [-1, 4096]               0
                   Linear-18                 [-1, 4096]      16,781,312
                     ReLU-19                 [-1, 4096]               0
                   Linear-20                 [-1, 1000]       4,097,000
        ================================================================
        Total params: 386,548,840
        Trainable params: 386,548,840
        Non-trainable params: 0
        ----------------------------------------------------------------
        Input size (MB): 0.57
        Forward/backward pass size (MB): 57.77
        Params size (MB): 1474.57
        Estimated Total Size (MB): 1532.91
        ----------------------------------------------------------------

        """;

    private const string Paper = """
        ----------------------------------------------------------------
                Layer (type)               Output Shape         Param #
        ================================================================
                    Conv2d-1         [-1, 96, 110, 110]          14,208
                      ReLU-2         [-1, 96, 110, 110]               0
         LocalResponseNorm-3         [-1, 96, 110, 110]               0
                 MaxPool2d-4           [-1, 96, 55, 55]               0
                    Conv2d-5          [-1, 256, 26, 26]         614,656
                      ReLU-6          [-1, 256, 26, 26]               0
         LocalResponseNorm-7          [-1, 256, 26, 26]               0
                 MaxPool2d-8          [-1, 256, 13, 13]               0
                    Conv2d-9          [-1, 384, 13, 13]         885,120
                     ReLU-10          [-1, 384, 13, 13]               0
                   Conv2d-11          [-1, 384, 13, 13]       1,327,488
                     ReLU-12          [-1, 384, 13, 13]               0
                   Conv2d-13          [-1, 256, 13, 13]         884,992
                     ReLU-14          [-1, 256, 13, 13]               0
                MaxPool2d-15            [-1, 256, 6, 6]               0
                   Linear-16                 [-1, 4096]      37,752,832
                     ReLU-17                 [-1, 4096]               0
                  Dropout-18                 [-1, 4096]               0
                   Linear-19                 [-1, 4096]      16,781,312
                     ReLU-20                 [-1, 4096]               0
                  Dropout-21                 [-1, 4096]               0
                   Linear-22                 [-1, 1000]       4,097,000
        ================================================================
        Total params: 62,357,608
        Trainable params: 62,357,608
        Non-trainable params: 0
        ----------------------------------------------------------------
        Input size (MB): 0.57
        Forward/backward pass size (MB): 36.00
        Params size (MB): 237.88
        Estimated Total Size (MB): 274.45
        ----------------------------------------------------------------

        """;

    [Test]
    public void The_wide_network_is_printed_to_the_letter() =>
        Assert.That(Summary.Of(Networks.Wide).ToText(), Is.EqualTo(Wide.ReplaceLineEndings("\n")));

    [Test]
    public void The_papers_network_is_printed_to_the_letter() =>
        Assert.That(Summary.Of(Networks.Paper).ToText(), Is.EqualTo(Paper.ReplaceLineEndings("\n")));

    [Test]
    public void Totals_are_bytes_too()
    {
        var summary = Summary.Of(Networks.Wide);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(summary.InputBytes, Is.EqualTo(3 * 224 * 224 * 4));
            Assert.That(summary.ParameterBytes, Is.EqualTo(386_548_840L * 4));
            Assert.That(summary.TotalBytes, Is.EqualTo(summary.InputBytes + summary.ForwardBackwardBytes + summary.ParameterBytes));
            Assert.That(summary.Rows[0], Is.EqualTo(summary.Rows[0] with { Layer = "Conv2d-1", Alias = "conv1", Parameters = 14_208 }));
        }
    }

    // 5,243 of 2^20 is 0.0050001; 1,310,720 is 1.25; ties go to the even digit, as Python's do: 0.125, 0.375, 2.625.
    [TestCase(0, "0.00")]
    [TestCase(5_242, "0.00")]
    [TestCase(5_243, "0.01")]
    [TestCase(1_310_720, "1.25")]
    [TestCase(131_072, "0.12")]
    [TestCase(393_216, "0.38")]
    [TestCase(2_752_512, "2.62")]
    [TestCase(1_048_575, "1.00")]
    public void Megabytes_round_as_in_python(long bytes, string text) => Assert.That(Summary.Megabytes(bytes), Is.EqualTo(text));

    [Test]
    public void The_articles_comparison_with_alexnet()
    {
        var comparison = Comparison.OfArticle();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(comparison.Network.Conv, Is.EqualTo(11_247_744));
            Assert.That(comparison.Reference.Conv, Is.EqualTo(3_747_200));
            Assert.That(comparison.Network.FullyConnected, Is.EqualTo(375_301_096));
            Assert.That(comparison.Reference.FullyConnected, Is.EqualTo(58_631_144));
            Assert.That(comparison.ToText(), Is.EqualTo("""
                                                      wide         alexnet   ratio
                conv parameters                 11,247,744       3,747,200   3.00x
                fully connected parameters     375,301,096      58,631,144   6.40x
                all parameters                 386,548,840      62,378,344   6.20x
                share of conv                        2.9 %           6.0 %
                share of fully connected            97.1 %          94.0 %
                forward GFLOP a picture              20.29            2.27   8.94x

                """.ReplaceLineEndings("\n")));
        }
    }
}
