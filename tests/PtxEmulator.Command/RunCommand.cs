using System.CommandLine;
using System.Globalization;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.PtxEmulator.Command;

/// <summary>zfnet-emu run: one kernel with given arguments.</summary>
internal sealed class RunCommand : System.CommandLine.Command
{
    private readonly Argument<string> file = new("FILE") { Description = "A PTX file." };
    private readonly Argument<string> kernel = new("KERNEL")
    {
        Description = "The kernel's name (zfnet-emu list FILE has them).",
    };

    private readonly Option<string> grid = Text("--grid", "Blocks of the grid.", "x[,y[,z]]", "1");
    private readonly Option<string> block = Text("--block", "Threads of a block.", "x[,y[,z]]", "32");
    private readonly Option<int> shared = new("--shared")
    {
        Description = "Bytes of dynamic shared memory.", HelpName = "bytes",
    };

    private readonly Option<string[]> arguments = new("--arg", "-a")
    {
        Description = ArgumentSpec.Forms, HelpName = "spec",
    };

    private readonly Option<string[]> dump = new("--dump", "-d")
    {
        Description =
            "Print a buffer afterwards, by the argument's number from 0; COUNT elements, all of them unless said.",
        HelpName = "arg[:count]",
    };

    private readonly Option<string> trace = new("--trace", "-t")
    {
        Description = "Print each instruction that a block, or one thread of it, runs; both are numbers from 0.",
        HelpName = "block[,thread]",
    };

    private readonly Option<int> traceLimit = new("--trace-limit")
    {
        Description = "Lines of trace at most.", HelpName = "lines", DefaultValueFactory = _ => 10_000,
    };

    private readonly Option<bool> noChecks = new("--no-checks") { Description = "Run without checks." };
    private readonly Option<long> budget = new("--budget")
    {
        Description = "Instructions that a warp may run before it counts as a runaway loop.", HelpName = "n",
        DefaultValueFactory = _ => EmulatorChecks.All.InstructionBudget,
    };

    private readonly TextWriter output;

    public RunCommand(TextWriter output)
        : base("run", "Run a kernel, print what the checks found, and the buffers asked for.")
    {
        this.output = output;
        Arguments.Add(file);
        Arguments.Add(kernel);
        Option[] options = [grid, block, shared, arguments, dump, trace, traceLimit, noChecks, budget];
        foreach (var option in options)
            Options.Add(option);
        SetAction(Execute);
    }

    private int Execute(ParseResult parse)
    {
        var path = parse.GetRequiredValue(file);
        var specs = (parse.GetValue(arguments) ?? []).Select(ArgumentSpec.Parse).ToArray();
        var shape = new LaunchShape(
            Size("--grid", parse.GetRequiredValue(grid)), Size("--block", parse.GetRequiredValue(block)),
                parse.GetValue(shared));
        var dumps = (parse.GetValue(dump) ?? []).Select(text => Dump(text, specs)).ToArray();
        // A kernel that lacks memory is reported, but not that this command does not free it.
        var checks = parse.GetValue(noChecks) ? EmulatorChecks.None : EmulatorChecks.All;
        checks = checks with { Throw = false, Leaks = false };
        if (!parse.GetValue(noChecks))
            checks = checks with { InstructionBudget = parse.GetValue(budget) };
        using var gpu = new SoftwareGpu(new() { Checks = checks });
        using var module = gpu.LoadModule(Path.GetFileName(path), File.ReadAllBytes(path));
        var entry = module.FindKernel(parse.GetRequiredValue(kernel));
        var pointers = specs.Select(spec => Upload(gpu, spec)).ToArray();
        KernelArgument[] values =
            [.. specs.Select((spec, i) => spec is ArgumentSpec.Scalar scalar ? scalar.Value : pointers[i])];
        if (parse.GetValue(trace) is { } wanted)
            gpu.Trace = Trace(wanted, shape, parse.GetValue(traceLimit));
        gpu.Launch(entry, shape, gpu.DefaultStream, values);
        gpu.Synchronize();
        // What is printed may never have been written: that is for the reader to see, no fault of the kernel.
        EmulatorReport[] reports = [.. gpu.Reports];
        foreach (var (index, count) in dumps)
            Print(gpu, index, (ArgumentSpec.Buffer)specs[index], pointers[index], count);
        foreach (var report in reports)
            output.WriteLine(report.Count == 1 ? report.Sentence : $"{report.Sentence} ({report.Count} times)");
        var faults = reports.Length == 1 ? "1 fault" : $"{reports.Length} faults";
        output.WriteLine(
            string.Create(
            CultureInfo.InvariantCulture,
            $"{gpu.LaneInstructions:N0} instructions of {shape.Grid.Count * shape.Block.Count:N0} threads; {faults}"));
        return reports.Length == 0 ? EmuCommandLine.Clean : EmuCommandLine.Faults;
    }

    private TracePrinter Trace(string wanted, LaunchShape shape, int limit)
    {
        var parts = wanted.Split(',');
        if (parts.Length is not (1 or 2) || !long.TryParse(
            parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new InputException($"--trace takes block[,thread], numbers from 0, not '{wanted}'.");
        int? thread = null;
        if (parts.Length == 2)
        {
            if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var one))
                throw new InputException($"--trace takes block[,thread], numbers from 0, not '{wanted}'.");
            thread = one;
        }
        if (number >= shape.Grid.Count || thread >= shape.Block.Count)
            throw new InputException(
                $"--trace {wanted}: the launch has {shape.Grid.Count} blocks of {shape.Block.Count} threads.");
        return new TracePrinter(output, number, thread, limit);
    }

    private static unsafe DevicePointer Upload(SoftwareGpu gpu, ArgumentSpec spec)
    {
        if (spec is not ArgumentSpec.Buffer buffer)
            return default;
        var pointer = gpu.Allocate((long)buffer.Count * buffer.ElementBytes);
        if (buffer.Initial is { } bytes)
        {
            fixed (byte* from = bytes)
                gpu.CopyToDevice(pointer, from, bytes.Length, gpu.DefaultStream);
        }
        return pointer;
    }

    private unsafe void Print(SoftwareGpu gpu, int index, ArgumentSpec.Buffer buffer, DevicePointer pointer, int count)
    {
        const int aLine = 8;
        var bytes = new byte[count * buffer.ElementBytes];
        fixed (byte* to = bytes)
            gpu.CopyToHost(to, pointer, bytes.Length, gpu.DefaultStream);
        output.WriteLine($"argument {index}, {count} of {buffer.Count} {buffer.Type}:");
        for (var i = 0; i < count; i += aLine)
            output.WriteLine(
                $"  {i,8}: {string.Join(' ', Enumerable.Range(i, Math.Min(aLine, count - i)).Select(at => buffer.Element(bytes, at)))}");
    }

    private static (int Index, int Count) Dump(string text, ArgumentSpec[] specs)
    {
        var parts = text.Split(':');
        if (parts.Length is not (1 or 2) || !int.TryParse(
            parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || index >= specs.Length || specs[index] is not ArgumentSpec.Buffer buffer)
        {
            throw new InputException($"--dump {text}: it takes the number of a --arg that is a buffer, from 0.");
        }
        if (parts.Length == 1)
            return (index, buffer.Count);
        return int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= buffer.Count
            ? (index, count)
            : throw new InputException($"--dump {text}: argument {index} has {buffer.Count} elements.");
    }

    private static Extent Size(string option, string text)
    {
        var parts = text.Split(',');
        var numbers = new int[] { 1, 1, 1 };
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 2 || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])
                || numbers[i] < 1)
                throw new InputException(
                    $"{option} takes one to three whole numbers of at least 1, as in 4,2, not '{text}'.");
        }
        return new(numbers[0], numbers[1], numbers[2]);
    }

    private static Option<string> Text(string name, string description, string help, string standard) =>
        new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => standard };
}
