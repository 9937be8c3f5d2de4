using System.CommandLine;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Command;

/// <summary>zfnet-emu list: the kernels of a file.</summary>
internal sealed class ListCommand : System.CommandLine.Command
{
    private readonly Argument<string> file = new("FILE") { Description = "A PTX file." };

    public ListCommand(TextWriter output)
        : base("list", "List the kernels of a PTX file with their parameters.")
    {
        Arguments.Add(file);
        SetAction(parse =>
        {
            var module = Parse(parse.GetRequiredValue(file));
            foreach (var kernel in module.Functions.Where(function => function.IsEntry))
            {
                var parameters = kernel.Parameters.Select((parameter, index) =>
                    $"{index}: {parameter.Type.ToString().ToLowerInvariant()} {parameter.Name}");
                output.WriteLine($"{kernel.Name} ({kernel.Instructions.Count} instructions)");
                foreach (var parameter in parameters)
                    output.WriteLine($"  {parameter}");
            }
            return EmuCommandLine.Clean;
        });
    }

    /// <summary>Reads a PTX file.</summary>
    public static PtxModule Parse(string path)
    {
        try
        {
            return PtxParser.Parse(Path.GetFileName(path), File.ReadAllText(path));
        }
        catch (PtxException why)
        {
            throw new InputException(why.Message);
        }
    }
}
