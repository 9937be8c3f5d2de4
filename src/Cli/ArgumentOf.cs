using System.CommandLine;

namespace ZfNet.Cli;

/// <summary>Arguments that are not options.</summary>
internal static class ArgumentOf
{
    /// <summary>One picture.</summary>
    public static Argument<string> Picture() => new("IMAGE") { Description = "A picture: PNG, JPEG or WebP." };

    /// <summary>One picture or more.</summary>
    public static Argument<string[]> Pictures() =>
        new("IMAGE") { Description = "Pictures: PNG, JPEG or WebP.", Arity = ArgumentArity.OneOrMore };
}
