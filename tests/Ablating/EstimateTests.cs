using NUnit.Framework;
using ZfNet.Ablating;

namespace ZfNet.Tests.Ablating;

public sealed class EstimateTests
{
    [Test]
    public void A_share_of_one_run_has_the_error_of_drawing_its_pictures()
    {
        var share = Estimate.OfShares([100], 996);
        Assert.That(share.Value, Is.EqualTo(100 / 996.0).Within(1e-15));
        Assert.That(
            share.Error, Is.EqualTo(Math.Sqrt(0.102 * 0.898 / 1000)).Within(1e-15), "two right, two wrong are added");
        Assert.That(Estimate.OfShares([0], 100).Error, Is.GreaterThan(0.01), "no mistake is no certainty");
    }

    [Test]
    public void Further_runs_bring_their_own_variance_and_do_not_lessen_that_of_the_pictures()
    {
        var one = Estimate.OfShares([100], 996);
        Assert.That(Estimate.OfShares([100, 100, 100], 996), Is.EqualTo(one));
        var spread = Estimate.OfShares([90, 100, 110], 996);
        Assert.That(spread.Value, Is.EqualTo(one.Value).Within(1e-15));
        var between = Math.Pow(10 / 996.0, 2) / 3;
        Assert.That(spread.Error, Is.EqualTo(Math.Sqrt(one.Error * one.Error + between)).Within(1e-15));
    }

    [Test]
    public void Errors_of_sums_are_independent()
    {
        var difference = 2 * new Estimate(0.5, 0.03) - new Estimate(0.25, 0.08);
        Assert.That(difference.Value, Is.EqualTo(0.75).Within(1e-15));
        Assert.That(difference.Error, Is.EqualTo(0.1).Within(1e-15));
        Assert.That((-1 * difference).Error, Is.EqualTo(0.1).Within(1e-15));
    }
}
