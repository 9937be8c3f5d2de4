using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ZfNet.Cli;

/// <summary>Options that check themselves: a value out of range is one sentence that names option, range and value.</summary>
internal static class OptionOf
{
    /// <summary>A number in a range.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">What it does, with its unit.</param>
    /// <param name="standard">The default; null where leaving it out means something of its own.</param>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The largest value.</param>
    /// <param name="aboveLow">The smallest value itself is out.</param>
    public static Option<T> Number<T>(string name, string description, T? standard, T low, T high, bool aboveLow = false)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var kind = T.IsInteger(T.MaxValue) && typeof(T) != typeof(double) ? "a whole number" : "a number";
        var from = aboveLow ? $"above {Text(low)}" : $"from {Text(low)}";
        var to = high == T.MaxValue ? "" : aboveLow ? $", at most {Text(high)}" : $" to {Text(high)}";
        var range = high == T.MaxValue ? aboveLow ? from : $"of at least {Text(low)}" : from + to;
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result => Parse<T>(
                result, text => T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && T.IsFinite(number) && number <= high && (aboveLow ? number > low : number >= low) ? number : null,
                $"{name} takes {kind} {range}"),
        };
        if (standard is { } value)
            option.DefaultValueFactory = _ => value;
        return option;
    }

    /// <summary>One word of a few.</summary>
    public static Option<string> Choice(string name, string description, string? standard, params string[] words)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join("|", words),
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (words.Contains(text, StringComparer.Ordinal))
                    return text;
                result.AddError($"{name} takes {Listed(words)}, not '{text}'.");
                return null;
            },
        };
        if (standard is not null)
            option.DefaultValueFactory = _ => standard;
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>A text, such as a path.</summary>
    public static Option<string> Text(string name, string description, string helpName, bool required = false) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            Required = required,
            CustomParser = result =>
            {
                if (result.Tokens[0].Value.Length > 0)
                    return result.Tokens[0].Value;
                result.AddError($"{name} is empty.");
                return null;
            },
        };

    /// <summary>On or off.</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    private static T Parse<T>(ArgumentResult result, Func<string, T?> parse, string expected)
        where T : struct
    {
        var text = result.Tokens[0].Value;
        if (parse(text) is { } value)
            return value;
        result.AddError($"{expected}, not '{text}'.");
        return default;
    }

    private static string Text<T>(T number)
        where T : INumber<T> => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Listed(string[] words) =>
        words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
}
