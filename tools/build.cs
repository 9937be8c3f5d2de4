#:property PublishAot=false
#:property NoWarn=CA1849;CA1303
// What ./build.sh and ./build.ps1 do. Both only call this file, so that they cannot drift apart.
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, ".."));
var artifacts = Path.Combine(root, "artifacts");
var zfnet = Path.Combine(artifacts, "zfnet", OperatingSystem.IsWindows() ? "zfnet.exe" : "zfnet");
var rest = args.Skip(1).ToArray();

return (args.FirstOrDefault() ?? "help") switch
{
    "build" => Build(),
    "test" => Test(),
    "demo" => Demo(),
    "bench" => Bench(),
    "kernels" => Dotnet(["run", "--file", Path.Combine("tools", "kernels.cs"), "--", .. rest]),
    "pack" => Pack(),
    "help" or "-h" or "--help" => Usage(Console.Out, 0),
    var verb => Usage(Console.Error, 2, $"build: there is no verb \"{verb}\"."),
};

int Build() => Dotnet("build", "ZfNet.sln", "-c", "Release", "-v", "quiet") is var code and not 0 ? code : Publish();

// The page with the committed network and pictures.
int Demo()
{
    // The analysers' verdict is build's and test's business: the page is on the way sooner without them.
    if (Publish("-p:RunAnalyzers=false") is var code and not 0)
        return code;
    var folder = Directory.CreateDirectory(Path.Combine(artifacts, "demo"));
    return Run(zfnet, ["demo", "--out", Path.Combine(folder.FullName, "index.html"), .. rest]);
}

int Publish(params string[] options) =>
    Dotnet(["publish", "src/Cli", "-c", "Release", "-o", Path.Combine(artifacts, "zfnet"), "-v", "quiet", .. options]);

// "dotnet run" works on beside the program for some seconds, on a core that is then missing in what is measured.
int Bench() => Dotnet("build", "bench", "-c", "Release", "-v", "quiet") is var code and not 0
    ? code
    : Run("dotnet", [Path.Combine("bench", "bin", "Release", "net10.0", "ZfNet.Benchmarks.dll"), .. rest]);

// Runs the suite and closes with one line that counts it.
int Test()
{
    if (Dotnet("build", "tests", "-c", "Release", "-v", "quiet") is var code and not 0)
        return code;
    var counts = new Dictionary<string, int> { ["succeeded"] = 0, ["failed"] = 0, ["skipped"] = 0 };
    var count = new Regex(@"^\s*(succeeded|failed|skipped): (\d+)\s*$");
    string[] runner = ["--progress", "off", "--ansi", "off", "--show-stdout", "Failed", "--show-stderr", "Failed"];
    // What the suite executed of our PTX; a part of the suite would only list what it left out.
    var coverage = Path.Combine(artifacts, "coverage.txt");
    if (rest.Length == 0)
    {
        Directory.CreateDirectory(artifacts);
        File.Delete(coverage);
        Environment.SetEnvironmentVariable("ZFNET_COVERAGE", coverage);
    }
    var exit = Run("dotnet", [Path.Combine("tests", "bin", "Release", "net10.0", "ZfNet.Tests.dll"), .. runner, .. rest], line =>
    {
        if (count.Match(line) is { Success: true } match)
            counts[match.Groups[1].Value] = int.Parse(match.Groups[2].Value);
    });
    var covered = Covered(coverage);
    var skipped = counts["skipped"] > 0 ? $", {counts["skipped"]} skipped" : "";
    Console.WriteLine($"{counts["succeeded"]} passed, {counts["failed"]} failed{skipped}");
    // A runner that says all is well of no test has not been understood.
    return exit == 0 && counts["succeeded"] == 0 ? 1 : exit == 0 ? covered : exit;
}

// Prints what the suite executed; 1 where that is too little, or was not written.
int Covered(string file)
{
    if (rest.Length > 0)
    {
        Console.WriteLine("PTX coverage is not judged: this was not the whole suite.");
        return 0;
    }
    string[] lines = File.Exists(file) ? File.ReadAllLines(file) : ["PTX coverage fails: the run did not write it."];
    Array.ForEach(lines, Console.WriteLine);
    return lines.Any(line => line.StartsWith("PTX coverage fails", StringComparison.Ordinal)) ? 1 : 0;
}

// One archive with the runtime, the suite, the benchmarks, zfnet and zfnet-emu, for a GPU machine without .NET or
// internet.
int Pack()
{
    if (!OperatingSystem.IsLinux())
    {
        Console.Error.WriteLine("build: pack makes an archive for Linux, on Linux.");
        return 2;
    }
    const long Most = 60_000_000;
    var stage = Path.Combine(artifacts, "pack", "zfnet-gpu-check");
    if (Directory.Exists(stage))
        Directory.Delete(stage, recursive: true);
    var app = Path.Combine(stage, "app");
    string[] options = ["-r", "linux-x64", "--self-contained", "false", "-p:PublishDocumentationFiles=false"];
    if (Dotnet(["publish", "tests", "-c", "Release", "-o", app, "-v", "quiet", .. options]) is var code and not 0)
        return code;
    // The runtime that runs this program: one for all.
    var shared = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
    var dotnet = Path.GetFullPath(Path.Combine(shared, "..", "..", ".."));
    var fxr = Path.Combine(dotnet, "host", "fxr", Path.GetFileName(shared));
    foreach (var path in (string[])[shared, fxr, Path.Combine(dotnet, "dotnet")])
        CopyTo(path, Path.Combine(stage, "dotnet", Path.GetRelativePath(dotnet, path)));
    // What the tests read of the repository.
    string[] sources = ["kernels.cu", "kernels", "src/Kernels/Ptx", "tests/Emulator/Corpus", "demo", "LICENSE"];
    foreach (var source in sources)
        CopyTo(Path.Combine(root, source), Path.Combine(stage, source));
    CopyTo(Path.Combine(root, "tools", "gpu-check.sh"), Path.Combine(stage, "gpu-check.sh"));
    CopyTo(Path.Combine(root, "bench", "Peers", "torch_race.py"), Path.Combine(stage, "torch_race.py"));
    var commit = "unknown";
    Run("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], line => commit = line);
    File.WriteAllText(Path.Combine(stage, "commit"), commit + "\n");
    var archive = Path.Combine(artifacts, "zfnet-gpu-check.tar.gz");
    if (Run("tar", ["-czf", archive, "-C", Path.GetDirectoryName(stage)!, Path.GetFileName(stage)]) is var tar and not 0)
        return tar;
    var bytes = new FileInfo(archive).Length;
    Console.WriteLine($"{archive}: {bytes / 1e6:F1} MB");
    if (bytes <= Most)
        return 0;
    Console.Error.WriteLine($"build: the archive is larger than {Most / 1e6:F0} MB.");
    return 1;
}

static void CopyTo(string from, string to)
{
    Directory.CreateDirectory(Path.GetDirectoryName(to)!);
    if (File.Exists(from))
        File.Copy(from, to);
    else
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            CopyTo(file, Path.Combine(to, Path.GetRelativePath(from, file)));
}

int Usage(TextWriter to, int exit, string? error = null)
{
    if (error is not null)
        to.WriteLine(error);
    to.WriteLine("""
        usage: ./build.sh VERB [arguments]
          build    build everything; the command goes to artifacts/zfnet/zfnet
          test     build and run the test suite; arguments go to the runner (--filter ...)
          demo     write artifacts/demo/index.html: what a trained ZFNet has learned
          bench    run the benchmarks; --device cuda: on a GPU; others go to BenchmarkDotNet (--filter ...)
          kernels  compile the CUDA kernels to the PTX that is committed; --check only compares
          pack     make artifacts/zfnet-gpu-check.tar.gz: the suite and the benchmarks for a Linux
                   GPU machine without .NET
        """);
    return exit;
}

int Dotnet(params string[] arguments) => Run("dotnet", arguments);

int Run(string program, string[] arguments, Action<string>? onLine = null)
{
    var start = new ProcessStartInfo(program) { WorkingDirectory = root, RedirectStandardOutput = onLine is not null };
    foreach (var argument in arguments)
        start.ArgumentList.Add(argument);
    // Ctrl-C reaches the child too; it decides, and its exit code is ours.
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
    using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    while (onLine is not null && process.StandardOutput.ReadLine() is { } line)
    {
        Console.WriteLine(line);
        onLine(line);
    }
    process.WaitForExit();
    return process.ExitCode;
}

static string Source([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
