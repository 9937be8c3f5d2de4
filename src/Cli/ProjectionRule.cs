using System.CommandLine;

namespace ZfNet.Cli;

/// <summary>How activations are projected: --rule, --seed-value and --norm.</summary>
internal sealed class ProjectionRule
{
    private readonly Option<string> rule = OptionOf.Choice(
        "--rule", "What rectifiers let through on the way down: the deconvnet's rule (paper), the gradient, or both (guided backpropagation).",
        "deconvnet", "deconvnet", "gradient", "guided");

    private readonly Option<string> seedValue = OptionOf.Choice(
        "--seed-value", "What the projection starts with: the activation, or 1, which puts all units on one scale.", "activation", "activation", "one");

    private readonly Option<string> norm = OptionOf.Choice(
        "--norm", "How response normalisation is passed: unchanged, or by its gradient; by default as the rule has it (unchanged for deconvnet).", null, "identity", "gradient");

    public void AddTo(Command command)
    {
        command.Options.Add(rule);
        command.Options.Add(seedValue);
        command.Options.Add(norm);
    }

    public ProjectionOptions Of(ParseResult parse)
    {
        var options = parse.GetValue(rule) switch
        {
            "gradient" => ProjectionOptions.Gradient,
            "guided" => ProjectionOptions.Guided,
            _ => ProjectionOptions.Deconvnet,
        };
        options = options with { Seed = parse.GetValue(seedValue) == "one" ? SeedValue.One : SeedValue.Activation };
        return parse.GetValue(norm) switch
        {
            "identity" => options with { Norm = NormRule.Identity },
            "gradient" => options with { Norm = NormRule.Gradient },
            _ => options,
        };
    }
}
