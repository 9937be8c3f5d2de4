#:property PublishAot=false
#:property NoWarn=CA1849;CA1303;CA1305;CA2007;CA5399
// What ./build.sh kernels does: CUDA sources to the PTX that is committed, the same bytes from any checkout.
//
//   ./build.sh kernels             writes src/Kernels/Ptx/kernels.ptx and the test corpus beside its sources
//   ./build.sh kernels --check     fails with a sentence if what is committed is not what the sources give
//
// Beside kernels.ptx it writes kernels.usage.txt, the table of what each kernel takes of a multiprocessor.
//
// Each file says at its head from which sources it was made. A source is compiled for compute_75, or for what its
// first line asks for ("// compute_80").
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

string[] architectures = ["sm_75", "sm_80", "sm_90"];
var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, ".."));
var (check, canFixAddresses) = (args is ["--check"], false);
if (args.Length > 0 && !check)
    return Fail($"the only argument is --check, not \"{string.Join(' ', args)}\".");

var targets = new List<Target> { new("kernels.cu", "src/Kernels/Ptx/kernels.ptx") };
var corpus = Path.Combine(root, "tests", "Emulator", "Corpus");
targets.AddRange(Directory.GetFiles(corpus, "*.cu").Order(StringComparer.Ordinal)
    .Select(path => Relative(path)).Select(path => new Target(path, Path.ChangeExtension(path, ".ptx"))));

var work = Directory.CreateTempSubdirectory("zfnet-kernels-").FullName;
try
{
    var toolkit = FindToolkit(targets[0]);
    canFixAddresses = CanFixAddresses();
    var results = new Result[targets.Count];
    var errors = new List<string>();
    Parallel.For(0, targets.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
    {
        try
        {
            // Eight attempts at what is committed. With fixed addresses three gave the same other loads once: they are free
            // from the second on.
            for (var attempt = 0; attempt < 8; attempt++)
            {
                results[i] = Compile(targets[i], toolkit, Path.Combine(work, $"{i}"), fixedAddresses: canFixAddresses && attempt == 0);
                if (!check || IsCommitted(targets[i].Ptx, results[i].Ptx))
                    break;
            }
        }
        catch (KernelException exception)
        {
            lock (errors)
                errors.Add(exception.Message);
        }
    });
    if (errors.Count > 0)
        return Fail([.. errors.Order(StringComparer.Ordinal)]);

    var usage = Table(results[0]);
    Console.Write(usage);
    var others = results.Skip(1).Sum(result => result.Usage.Count);
    Console.WriteLine($"and {others} kernels of the test corpus in {results.Length - 1} files");
    errors.AddRange(Unaccepted(results));
    var written = results.ToDictionary(result => result.Target.Ptx, result => (result.Target.Source, Text: result.Ptx));
    written[Path.ChangeExtension(results[0].Target.Ptx, ".usage.txt")] = (results[0].Target.Source, usage);
    errors.AddRange(check ? Differences(written) : []);
    if (errors.Count > 0)
        return Fail([.. errors]);
    if (!check)
        foreach (var (path, (_, text)) in written)
            File.WriteAllText(Path.Combine(root, path), text);
    return 0;
}
catch (KernelException exception)
{
    return Fail(exception.Message);
}
finally
{
    Directory.Delete(work, recursive: true);
}

int Fail(params string[] sentences)
{
    foreach (var sentence in sentences)
        Console.Error.WriteLine($"kernels: {sentence}");
    return 1;
}

// nvcc's folder. The check needs the release that made what is committed: the one on PATH may be another.
string FindToolkit(Target committed)
{
    var folder = Toolkit();
    var path = Path.Combine(root, committed.Ptx);
    if (!check || !File.Exists(path))
        return folder;
    var wanted = Regex.Match(File.ReadAllText(path), @"release [\d.]+, (V[\d.]+)").Groups[1].Value;
    if (Version(folder) is var version && version == wanted)
        return folder;
    folder = Toolkit("--own");
    return Version(folder) == wanted ? folder : throw new KernelException(
        $"{committed.Ptx} was made by nvcc {wanted}, which is neither on PATH ({version}) nor among Debian's packages "
        + $"({Version(folder)}).");
}

string Toolkit(params string[] options)
{
    if (OperatingSystem.IsWindows())
        throw new KernelException(
            "PTX is made on Linux, so that its bytes do not depend on the machine; a build does not need to make it.");
    var (exit, output, _) = Run("sh", ["tools/cuda-toolkit.sh", .. options], errorsToo: false);
    return exit == 0
        ? output.TrimEnd().Split('\n')[^1]
        : throw new KernelException("there is no CUDA toolkit, as said above.");
}

// nvcc 12.4 sometimes chooses by the order of addresses (one run in sixty gave a source other loads): fixed, they give one
// answer, and free, others in turn.
(int Exit, string Output, string Errors) Nvcc(string toolkit, bool fixedAddresses, string[] arguments)
{
    var nvcc = Path.Combine(toolkit, "nvcc");
    return fixedAddresses ? Run("setarch", ["-R", nvcc, .. arguments], toolkit) : Run(nvcc, arguments, toolkit);
}

// Not everywhere: a container's policy may forbid it.
bool CanFixAddresses()
{
    try
    {
        return Run("setarch", ["-R", "true"]).Exit == 0;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return false;
    }
}

string Version(string folder) => Regex.Match(Run(Path.Combine(folder, "nvcc"), ["--version"]).Output, @"V[\d.]+").Value;

Result Compile(Target target, string toolkit, string scratch, bool fixedAddresses)
{
    Directory.CreateDirectory(scratch);
    var text = File.ReadAllText(Path.Combine(root, target.Source));
    var asked = Regex.Match(text, @"\A// (compute_\d+)\b");
    var architecture = asked.Success ? asked.Groups[1].Value : "compute_75";
    var (raw, dependencies) = (Path.Combine(scratch, "raw.ptx"), Path.Combine(scratch, "raw.d"));
    var nvcc = Nvcc(toolkit, fixedAddresses,
    [
        "-ptx", "-std=c++17", $"-arch={architecture}", "-lineinfo", "-Werror", "all-warnings",
        "-MMD", "-MF", dependencies, "-o", raw, target.Source,
    ]);
    if (nvcc.Exit != 0)
        throw new KernelException($"nvcc does not take {target.Source}:\n{nvcc.Errors}{nvcc.Output}".TrimEnd());

    var sources = Regex.Matches(File.ReadAllText(dependencies), @"[^\s\\:]+")
        .Select(match => Path.GetFullPath(match.Value, root))
        .Where(path => path.EndsWith(".cu", StringComparison.Ordinal)
            || path.EndsWith(".cuh", StringComparison.Ordinal))
        .Where(Ours).Select(Relative).Distinct().Order(StringComparer.Ordinal);
    var header = new StringBuilder("// Generated by ./build.sh kernels; do not edit.\n");
    foreach (var source in sources)
        header.Append($"// sha256 {Hash(source)} {source}\n");
    var ptx = header.Append(Relocate(target, File.ReadAllText(raw).ReplaceLineEndings("\n"))).ToString();

    var finished = Path.Combine(scratch, "finished.ptx");
    File.WriteAllText(finished, ptx);
    var usage = new SortedDictionary<string, Dictionary<string, Usage>>(StringComparer.Ordinal);
    foreach (var sm in architectures.Where(sm => Number(sm) >= Number(architecture)))
    {
        var ptxas = Run(
            Path.Combine(toolkit, "ptxas"), ["-v", $"-arch={sm}", "-o", Path.Combine(scratch, sm), finished], toolkit);
        if (ptxas.Exit != 0)
            throw new KernelException(
                $"ptxas does not take {target.Source} for {sm}:\n{ptxas.Errors}{ptxas.Output}".TrimEnd());
        Read(ptxas.Errors + ptxas.Output, sm, usage);
    }
    return new Result(target, ptx, usage);
}

static int Number(string architecture) => int.Parse(architecture.AsSpan(architecture.IndexOf('_') + 1));

string Hash(string source) => Convert.ToHexStringLower(
    SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(root, source)).ReplaceLineEndings("\n"))));

// Makes the paths of .file relative to the repository. Lines of the toolkit's and the host compiler's headers, which
// differ from machine to machine, become the lines of ours that called them.
string Relocate(Target target, string ptx)
{
    var ours = new Dictionary<string, string>();
    foreach (Match file in Regex.Matches(ptx, @"^\t\.file\t(\d+) ""([^""]*)""", RegexOptions.Multiline))
        if (Ours(file.Groups[2].Value))
            ours[file.Groups[1].Value] = Relative(file.Groups[2].Value);

    var location = new Regex(
        @"^\t\.loc\t((\d+) \d+ \d+)(?:, function_name ([^,+]+)[^,]*, inlined_at ((\d+) \d+ \d+))?");
    var seen = new Dictionary<string, string?>();
    var strings = new HashSet<string>();
    var (lines, last, dropped) = (new List<string>(), default(string), false);
    foreach (var line in ptx.Split('\n'))
    {
        if (location.Match(line) is { Success: true } match)
        {
            var (place, function, caller) = (match.Groups[1].Value, match.Groups[3].Value, match.Groups[4].Value);
            var called = caller.Length == 0 || ours.ContainsKey(match.Groups[5].Value);
            var kept = ours.ContainsKey(match.Groups[2].Value) ? called ? line : $"\t.loc\t{place}"
                : caller.Length == 0 ? null : seen.GetValueOrDefault(caller) ?? (called ? $"\t.loc\t{caller}" : null);
            seen[place] = kept;
            if (kept is null || kept == last)
                continue;
            last = kept;
            if (kept == line)
                strings.Add(function);
            lines.Add(kept);
        }
        else if (line.StartsWith("\t.file\t", StringComparison.Ordinal))
        {
            var number = line.Split('\t', ' ')[2];
            if (ours.TryGetValue(number, out var path))
                lines.Add($"\t.file\t{number} \"{path}\"");
        }
        else
        {
            // A place holds for what follows it up to the next one; each function starts with none.
            if (line == "}")
                last = null;
            // Names of functions that no place mentions any more: those of headers carry a hash of the folder.
            if (line.StartsWith("$L__info_string", StringComparison.Ordinal))
                dropped = !strings.Contains(line.TrimEnd(':'));
            else if (!line.StartsWith(".b8 ", StringComparison.Ordinal))
                dropped = false;
            if (!dropped)
                lines.Add(line.TrimEnd());
        }
    }

    var text = string.Join('\n', lines).TrimEnd('\n') + "\n";
    static string Characters(Match bytes) =>
        string.Concat(bytes.Groups[1].Value.Split(',').Select(code => (char)int.Parse(code)));
    var named = Regex.Replace(text, @"^\.b8 ([\d,]+)$\n?", Characters, RegexOptions.Multiline);
    return named.Contains("_INTERNAL_", StringComparison.Ordinal)
        ? throw new KernelException(
            $"{target.Source} has something static or in an unnamed namespace: nvcc names those after the folder.")
        : text;
}

// ptxas -v: what each kernel takes of a multiprocessor.
static void Read(string log, string sm, SortedDictionary<string, Dictionary<string, Usage>> usage)
{
    var stacks = new Dictionary<string, (int Stack, int Spilt)>();
    var (entry, function) = ("", "");
    foreach (var line in log.Split('\n'))
    {
        if (Regex.Match(line, @"Compiling entry function '(\S+)'") is { Success: true } compiling)
            entry = compiling.Groups[1].Value;
        else if (Regex.Match(line, @"Function properties for (\S+)") is { Success: true } properties)
            function = properties.Groups[1].Value;
        else if (Regex.Match(line, @"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
            is { Success: true } frame)
            stacks[function] = (Int(frame, 1), Int(frame, 2) + Int(frame, 3));
        else if (Regex.Match(line, @"Used (\d+) registers") is { Success: true } used)
        {
            var shared = Regex.Match(line, @"(\d+) bytes smem") is { Success: true } smem ? Int(smem, 1) : 0;
            if (!usage.TryGetValue(entry, out var per))
                usage[entry] = per = [];
            per[sm] = new Usage(Int(used, 1), shared, stacks[entry].Stack, stacks[entry].Spilt);
            stacks.Remove(entry);
        }
    }
    // What is left are functions that were not inlined: frames of their own.
    foreach (var (name, (stack, spilt)) in stacks)
    {
        if (stack + spilt == 0)
            continue;
        if (!usage.TryGetValue(name, out var per))
            usage[name] = per = [];
        per[sm] = new Usage(0, 0, stack, spilt);
    }
}

static int Int(Match match, int group) => int.Parse(match.Groups[group].Value);

// One line a kernel; a figure that differs between architectures is given for each, in their order.
string Table(Result result)
{
    var rows = result.Usage.Select(kernel => (string[])
    [
        kernel.Key, Figures(kernel, usage => usage.Registers), Figures(kernel, usage => usage.Shared),
        Figures(kernel, usage => usage.Stack), Figures(kernel, usage => usage.Spilt),
    ]).Prepend(["// kernel", "registers", "shared", "stack", "spilt"]).ToList();
    var widths = Enumerable.Range(0, 5).Select(i => rows.Max(row => row[i].Length)).ToArray();
    var table = new StringBuilder("// Generated by ./build.sh kernels; do not edit. ")
        .Append($"By ptxas for {string.Join(", ", architectures)}; one figure where they agree.\n");
    foreach (var row in rows)
    {
        var cells = row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
        table.Append(string.Join("  ", cells)).Append('\n');
    }
    return table.ToString();
}

static string Figures(KeyValuePair<string, Dictionary<string, Usage>> kernel, Func<Usage, int> figure) =>
    kernel.Value.Values.Select(figure).Distinct().Count() == 1
        ? $"{figure(kernel.Value.Values.First())}" : string.Join('/', kernel.Value.Values.Select(figure));

// A stack frame or a spill is slow: it needs a line "kernel, stack N, spilt N: reason", with the figures as they are,
// in accepted-stack.txt beside the PTX; and a line that no kernel needs must go.
IEnumerable<string> Unaccepted(IEnumerable<Result> results)
{
    foreach (var folder in results.GroupBy(result => Path.GetDirectoryName(result.Target.Ptx)!))
    {
        var list = Path.Combine(root, folder.Key, "accepted-stack.txt");
        string[] accepted = File.Exists(list) ? [.. File.ReadLines(list).Select(line => line.Split(':')[0])] : [];
        var needed = folder.SelectMany(result => result.Usage)
            .Where(kernel => kernel.Value.Values.Any(usage => usage.Stack + usage.Spilt > 0))
            .Select(kernel => $"{kernel.Key}, stack {Figures(kernel, usage => usage.Stack)}, "
                + $"spilt {Figures(kernel, usage => usage.Spilt)}").ToArray();
        foreach (var line in needed.Except(accepted))
            yield return $"{Relative(list)} does not accept \"{line}\" (bytes on {string.Join(", ", architectures)}).";
        foreach (var line in accepted.Except(needed))
            yield return $"{Relative(list)} accepts \"{line}\", which no kernel has: remove it.";
    }
}

bool IsCommitted(string path, string text) =>
    Path.Combine(root, path) is var file && File.Exists(file)
    && File.ReadAllText(file).ReplaceLineEndings("\n") == text;

IEnumerable<string> Differences(Dictionary<string, (string Source, string Text)> written)
{
    foreach (var (path, (source, text)) in written)
        if (!IsCommitted(path, text))
            yield return $"{path} is not what {source} gives: run ./build.sh kernels and commit it.";
    foreach (var folder in written.Keys.Select(path => Path.GetDirectoryName(path)!).Distinct())
        foreach (var stray in Directory.GetFiles(Path.Combine(root, folder), "*.ptx").Select(Relative)
            .Except(written.Keys))
            yield return $"{stray} has no source: remove it.";
}

(int Exit, string Output, string Errors) Run(
    string program, string[] arguments, string? first = null, bool errorsToo = true)
{
    var start = new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = root,
        RedirectStandardOutput = true,
        RedirectStandardError = errorsToo,
    };
    if (first is not null)
        start.Environment["PATH"] = first + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
    using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    var errors = errorsToo ? process.StandardError.ReadToEndAsync() : Task.FromResult("");
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return (process.ExitCode, output, errors.Result);
}

string Relative(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

bool Ours(string path) => Relative(path) is var inside
    && !inside.StartsWith("..", StringComparison.Ordinal) && !inside.StartsWith(".toolkit/", StringComparison.Ordinal);

static string Source([CallerFilePath] string path = "") => path;

internal sealed record Target(string Source, string Ptx);

internal sealed record Usage(int Registers, int Shared, int Stack, int Spilt);

internal sealed record Result(Target Target, string Ptx, IReadOnlyDictionary<string, Dictionary<string, Usage>> Usage);

internal sealed class KernelException(string message) : Exception(message);
