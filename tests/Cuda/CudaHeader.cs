using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ZfNet.Tests.Cuda;

/// <summary>A header of the CUDA toolkit, read for its declarations.</summary>
internal sealed partial class CudaHeader
{
    private readonly string text;
    private readonly Dictionary<string, string> names = [];
    private readonly Dictionary<string, Match> declarations = [];

    private CudaHeader(string text)
    {
        this.text = Comment().Replace(text, " ");
        // #define cuMemAlloc cuMemAlloc_v2: the declaration has the first name, the export the second.
        foreach (Match match in Definition().Matches(this.text))
            names.TryAdd(match.Groups[2].Value, match.Groups[1].Value);
        // The first declaration is today's; older forms come at the end.
        foreach (Match match in Declaration().Matches(this.text))
            declarations.TryAdd(match.Groups[2].Value, match);
    }

    /// <summary>The header, where a toolkit is there; else the test is skipped.</summary>
    public static CudaHeader Read(string file, [CallerFilePath] string source = "")
    {
        var root = Path.Combine(Path.GetDirectoryName(source)!, "..", "..");
        string?[] folders =
        [
            Path.Combine(root, ".toolkit", "cuda", "usr", "include"), Home("CUDA_HOME"), Home("CUDA_PATH"),
            "/usr/local/cuda/include", "/usr/include",
        ];
        var found = folders.OfType<string>().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
        if (found is null)
            Assert.Ignore($"There is no {file} on this machine: tools/cuda-toolkit.sh brings one.");
        return new CudaHeader(File.ReadAllText(found));

        static string? Home(string variable) =>
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } home ? Path.Combine(home, "include") : null;
    }

    /// <summary>The types of an export: what it returns, then its parameters, without names and const.</summary>
    public string[] Signature(string export)
    {
        var declared = names.GetValueOrDefault(export, export);
        Assert.That(declarations, Contains.Key(declared), $"The header does not declare {export}.");
        var match = declarations[declared];
        var parameters = match.Groups[3].Value.Trim() is "" or "void" ? [] : match.Groups[3].Value.Split(',');
        var types = parameters.Select(parameter => Plain(Name().Replace(parameter.TrimEnd(), "")));
        return [Plain(match.Groups[1].Value), .. types];
    }

    /// <summary>Whether the header gives this name to a newer export.</summary>
    public bool IsOld(string export) =>
        names.ContainsValue(export) && !names.ContainsKey(export);

    /// <summary>The value of an enumerator; one without a value follows the one before.</summary>
    public int Value(string enumerator)
    {
        var match = Regex.Match(text, $@"\b{enumerator}\s*(=\s*(?<value>-?\w+))?\s*[,}}]");
        Assert.That(match.Success, $"The header does not have {enumerator}.");
        var value = match.Groups["value"].Value;
        if (value.Length > 0)
            return value.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToInt32(value, 16) : int.Parse(
                value, CultureInfo.InvariantCulture);
        var before = Regex.Match(
            text[Math.Max(0, match.Index - 400)..match.Index], @"(?:(\w+)\s*(?:=\s*-?\w+)?\s*,|\{)\s*$");
        return before.Groups[1].Success ? Value(before.Groups[1].Value) + 1 : 0;
    }

    private static string Plain(string type) =>
        string.Join(' ', type.Replace("*", " * ", StringComparison.Ordinal).Split(' ', '\n', '\t', '\r')
            .Where(word => word is not ("" or "const" or "CUBLASAPI"))).Replace(" *", "*", StringComparison.Ordinal);

    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*#\s*define\s+(cu\w+)\s+(?:__CUDA_API_PT[DS][SZ]\()?(cu\w+)\)?\s*$", RegexOptions.Multiline)]
    private static partial Regex Definition();

    [GeneratedRegex(@"^([\w *]+?)\s*\b(?:CUDAAPI|CUBLASWINAPI)\s+(\w+)\s*\(([^)]*)\)\s*;", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b\w+$")]
    private static partial Regex Name();
}
