using System.CommandLine;
using System.CommandLine.Parsing;

namespace ZfNet.Cli;

/// <summary>What is wrong with a command line, as one sentence.</summary>
internal static class ParseSentence
{
    /// <summary>The first fault, or null.</summary>
    public static string? Of(ParseResult parse)
    {
        if (Stray(parse) is { } stray)
            return stray;
        if (parse.Errors.Count == 0)
            return null;
        var command = parse.CommandResult.Command;
        var name = Name(command);
        if (parse.UnmatchedTokens is [var stranger, ..])
            return stranger.StartsWith('-')
                ? NoOption(command, stranger)
                : command.Subcommands.Count > 0
                    ? $"There is no command '{stranger}'{Guess(stranger, command.Subcommands.Select(sub => sub.Name))}."
                    : $"'{stranger}' is one argument too many for '{name}'.";
        var error = parse.Errors[0];
        return error.SymbolResult switch
        {
            OptionResult { Implicit: false, Tokens.Count: 0 } option when option.Option.Arity.MinimumNumberOfValues > 0 => $"{option.Option.Name} needs a value.",
            ArgumentResult { Tokens.Count: 0 } argument => $"{argument.Argument.Name} is missing after '{name}'.",
            _ => error.Message,
        };
    }

    /// <summary>
    /// A misspelt option that was taken for an argument, or null: an argument that begins with a dash comes after "--".
    /// </summary>
    private static string? Stray(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var plain = parse.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        var stray = parse.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .FirstOrDefault(token => token.Value.Length > 1 && token.Value[0] == '-' && plain.Contains(token));
        return stray is null ? null : NoOption(command, stray.Value);
    }

    private static string NoOption(Command command, string token) =>
        $"'{Name(command)}' has no option '{token}'{Guess(token, command.Options.Where(option => !option.Hidden).Select(option => option.Name))}.";

    private static string Name(Command command) => command is RootCommand ? "zfnet" : $"zfnet {command.Name}";

    private static string Guess(string typed, IEnumerable<string> known)
    {
        var (best, distance) = Spelling.Nearest(typed, known.DefaultIfEmpty(""));
        return distance <= Math.Max(1, typed.Length / 3) ? $"; perhaps '{best}' was meant" : "";
    }
}
