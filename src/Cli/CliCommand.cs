using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ZfNet.Cli;

/// <summary>A command: its arguments, and what it does with them. It throws what goes wrong; <see cref="CliExit"/> knows what that means.</summary>
internal abstract class CliCommand : Command
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    protected CliCommand(string name, string description, CliHost host)
        : base(name, description)
    {
        Host = host;
        SetAction(parse =>
        {
            Execute(parse);
            host.Output.Flush();
            return CliExit.Done;
        });
    }

    protected CliHost Host { get; }

    protected CommonOptions Common { get; } = new();

    /// <summary>Does it.</summary>
    protected abstract void Execute(ParseResult parse);

    /// <summary>Adds an option and returns it.</summary>
    protected TOption Add<TOption>(TOption option)
        where TOption : Option
    {
        Options.Add(option);
        return option;
    }

    /// <summary>Writes a result for machines.</summary>
    protected void WriteJson(object result) => Host.Output.WriteLine(JsonSerializer.Serialize(result, JsonForm));
}
