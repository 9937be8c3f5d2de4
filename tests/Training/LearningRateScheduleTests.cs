using NUnit.Framework;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class LearningRateScheduleTests
{
    [Test]
    public void Constant_is_constant() =>
        Assert.That(new[] { 0, 7, 99 }.Select(s => LearningRateSchedule.Constant.At(0.1, s, 10, 100)), Has.All.EqualTo(0.1));

    [Test]
    public void Step_falls_at_the_first_step_of_the_epoch()
    {
        var schedule = new LearningRateSchedule { Kind = ScheduleKind.Step, StepEpochs = 2, StepFactor = 0.5 };
        Assert.That(schedule.At(0.1, 19, 10, 100), Is.EqualTo(0.1));
        Assert.That(schedule.At(0.1, 20, 10, 100), Is.EqualTo(0.05));
        Assert.That(schedule.At(0.1, 99, 10, 100), Is.EqualTo(0.1 / 16));
    }

    [Test]
    public void Cosine_starts_full_passes_the_middle_and_ends_at_its_share()
    {
        var schedule = new LearningRateSchedule { Kind = ScheduleKind.Cosine, FinalFactor = 0.2 };
        Assert.That(schedule.At(1, 0, 10, 100), Is.EqualTo(1));
        Assert.That(schedule.At(1, 50, 10, 100), Is.EqualTo(0.6).Within(1e-12));
        Assert.That(schedule.At(1, 100, 10, 100), Is.EqualTo(0.2).Within(1e-12));
    }

    [Test]
    public void Cosine_is_its_closed_form_at_every_step()
    {
        var schedule = new LearningRateSchedule { Kind = ScheduleKind.Cosine, FinalFactor = 0.1, WarmUpSteps = 3 };
        for (var step = 0; step < 37; step++)
            Assert.That(
                schedule.At(0.02, step, 5, 37),
                Is.EqualTo(0.02 * (0.1 + 0.9 * Math.Pow(Math.Cos(Math.PI * step / 74), 2)) * Math.Min(1, (step + 1) / 4.0)).Within(1e-15), $"step {step}");
    }

    [Test]
    public void Plateau_falls_as_often_as_it_is_told()
    {
        var schedule = new LearningRateSchedule { Kind = ScheduleKind.Plateau, StepFactor = 0.5, WarmUpSteps = 1 };
        Assert.That(schedule.At(0.1, 0, 10, 100), Is.EqualTo(0.05));
        Assert.That(schedule.At(0.1, 99, 10, 100), Is.EqualTo(0.1));
        Assert.That(schedule.At(0.1, 5, 10, 100, falls: 3), Is.EqualTo(0.1 / 8));
    }

    [Test]
    public void Warm_up_grows_linearly_to_the_full_rate()
    {
        var schedule = new LearningRateSchedule { WarmUpSteps = 4 };
        Assert.That(
            new[] { 0, 1, 2, 3, 4, 5 }.Select(s => schedule.At(1, s, 10, 100)),
            Is.EqualTo(new[] { 0.2, 0.4, 0.6, 0.8, 1, 1 }).Within(1e-12));
    }

    [Test]
    public void Numbers_out_of_range_are_named()
    {
        Assert.That(new LearningRateSchedule { StepEpochs = 0 }.Validate, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contain("StepEpochs"));
        Assert.That(new LearningRateSchedule { StepFactor = 0 }.Validate, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(new LearningRateSchedule { Patience = -1 }.Validate, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(new LearningRateSchedule { FinalFactor = 2 }.Validate, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(new LearningRateSchedule { WarmUpSteps = -1 }.Validate, Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
