using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>The committed PTX: where it lies, and what is wrong with it.</summary>
internal static class KernelPtx
{
    /// <summary>The repository's folder, or the GPU archive's: the nearest above the tests that has the kernels.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    /// <summary>The kernels that ship.</summary>
    public const string Product = "src/Kernels/Ptx/kernels.ptx";

    /// <summary>Every committed PTX file, relative to the repository.</summary>
    public static IEnumerable<string> All() =>
        CorpusSources().Select(source => Path.ChangeExtension(source, ".ptx")).Prepend(Product);

    /// <summary>The corpus's sources, relative to the repository.</summary>
    public static IEnumerable<string> CorpusSources() =>
        Directory.GetFiles(Path.Combine(Root, "tests", "Emulator", "Corpus"), "*.cu")
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>A file of the repository, with line feeds.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>
    /// The sources in the header of a PTX file whose text is not what it was made from, with what they should read.
    /// </summary>
    /// <param name="ptx">The text.</param>
    /// <param name="read">Gives a source's text, with line feeds, or throws <see
    /// cref="FileNotFoundException"/>.</param>
    public static IEnumerable<string> Stale(string ptx, Func<string, string> read)
    {
        var sources = Regex.Matches(ptx, @"^// sha256 ([0-9a-f]{64}) (\S+)$", RegexOptions.Multiline);
        if (sources.Count == 0)
            yield return "it names no sources";
        foreach (Match source in sources)
        {
            var path = source.Groups[2].Value;
            if (Hash(path, read) is var hash && hash != source.Groups[1].Value)
                yield return $"{path} has changed since: run ./build.sh kernels";
        }
    }

    /// <summary>Where entries of a module and the signatures of launch code differ.</summary>
    public static IEnumerable<string> Mismatches(PtxModule module, IEnumerable<KernelSignature> signatures)
    {
        var declared = signatures.ToDictionary(
            signature => signature.Name, signature => string.Join(", ", signature.Parameters.Select(Type)));
        var entries = module.Functions.Where(function => function.IsEntry).ToDictionary(
            entry => entry.Name, entry => string.Join(", ", entry.Parameters.Select(parameter => parameter.Type)));
        foreach (var name in declared.Keys.Except(entries.Keys))
            yield return $"the PTX has no entry {name}";
        foreach (var name in entries.Keys.Except(declared.Keys))
            yield return $"no launch code has the signature of {name}";
        foreach (var name in declared.Keys.Intersect(entries.Keys))
            if (declared[name] != entries[name])
                yield return $"{name} takes ({entries[name]}), its launch code gives ({declared[name]})";
    }

    // nvcc writes integers and pointers unsigned.
    private static PtxType Type(KernelParameter parameter) => parameter switch
    {
        KernelParameter.Pointer or KernelParameter.I64 => PtxType.U64,
        KernelParameter.I32 => PtxType.U32,
        KernelParameter.F32 => PtxType.F32,
        KernelParameter.F64 => PtxType.F64,
        _ => throw new ArgumentOutOfRangeException(
        nameof(parameter), $"A signature has a parameter of kind {parameter}."),
    };

    private static string? Hash(string path, Func<string, string> read)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(read(path))));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static string Above(string folder) =>
        File.Exists(Path.Combine(folder, "kernels.cu")) ? folder : Above(Path.GetDirectoryName(folder)
            ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has kernels.cu."));
}
