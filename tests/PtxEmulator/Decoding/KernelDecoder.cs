using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Memory;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Decoding;

/// <summary>Turns an entry of a module, and the functions that it may call, into <see cref="KernelCode"/>.</summary>
internal static class KernelDecoder
{
    private const int MostLocalBytes = 512 << 10;

    /// <summary>Decodes.</summary>
    /// <param name="module">The module.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="variables">Address and variable of each global and const variable of the module, by name.</param>
    /// <exception cref="PtxException">Something in it cannot be run.</exception>
    public static KernelCode Decode(
        PtxModule module, PtxFunction entry,
        IReadOnlyDictionary<string, (ulong Address, PtxVariable Variable)> variables)
    {
        var functions = Reachable(module, entry);
        var frames = new FrameLayout[functions.Count];
        var names = new Dictionary<string, FrameLayout>();
        var bodies = functions.Select(Body).ToArray();
        var pc = 0;
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = new FrameLayout { Index = i, Function = functions[i], FirstPc = pc };
            names[functions[i].Name] = frames[i];
            LayOutLocals(module.Name, frames[i]);
            pc += bodies[i].Count;
        }
        var shared = Shared(module, functions);
        var (parameters, parameterBytes) = Parameters(entry);
        SymbolPlace? Outer(string name)
        {
            if (variables.TryGetValue(name, out var found))
                return new(found.Variable.Space, found.Address, found.Variable.Bytes, InFrame: false);
            if (shared.Offset(name) is { } offset)
                return new(PtxSpace.Shared, (ulong)offset, long.MaxValue, InFrame: false);
            var index = Array.FindIndex(parameters, parameter => parameter.Name == name);
            return index < 0 ? null : new(
                PtxSpace.Param, (ulong)parameters[index].Offset, parameters[index].Bytes, InFrame: false);
        }

        var steps = new List<Step>();
        var instructions = new List<PtxInstruction>();
        for (var i = 0; i < frames.Length; i++)
        {
            var decoder = new FunctionDecoder(
                module.Name, entry.Name, frames[i], new FunctionOperands(frames[i], Outer), names.GetValueOrDefault);
            foreach (var instruction in bodies[i])
            {
                steps.Add(decoder.Decode(instruction));
                instructions.Add(instruction);
            }
        }
        LayOutFrames(frames);
        var (marked, barriers) = Mark([.. steps]);
        return new KernelCode(module.Name, entry.Name, marked, [.. instructions], frames)
        {
            Parameters = parameters,
            ParameterBytes = parameterBytes,
            Shared = shared,
            MaxThreads = entry.MaxThreadsPerBlock,
            HasFences = steps.Any(step => step.Operation is FenceOperation),
            MarkedBarriers = barriers,
        };
    }

    private static List<PtxFunction> Reachable(PtxModule module, PtxFunction entry)
    {
        var found = new List<PtxFunction> { entry };
        for (var i = 0; i < found.Count; i++)
        {
            foreach (var instruction in found[i].Instructions.Where(instruction => instruction.Opcode == "call"))
            {
                var name = instruction.Operands.OfType<PtxSymbol>().FirstOrDefault()?.Name;
                if (module.Functions.FirstOrDefault(
                    function => function.Name == name && !function.IsEntry) is { } callee
                    && !found.Contains(callee))
                    found.Add(callee);
            }
        }
        return found;
    }

    /// <summary>The instructions, and a return where paths would run past the last.</summary>
    private static IReadOnlyList<PtxInstruction> Body(PtxFunction function)
    {
        var instructions = function.Instructions;
        var runsOut = instructions.Count == 0
            || instructions[^1] is not { Opcode: "ret" or "exit" or "bra" or "brx" or "trap", Guard: null }
            || function.Labels.Values.Any(index => index == instructions.Count);
        return runsOut
            ? [.. instructions, new PtxInstruction(
                "ret", [], [], null, instructions.Count > 0 ? instructions[^1].Line : function.Line, null, "ret;")]
            : instructions;
    }

    private static void LayOutLocals(string module, FrameLayout frame)
    {
        var function = frame.Function;
        var inFrame = function.Variables.Where(variable => variable.Space is PtxSpace.Local or PtxSpace.Param);
        if (!function.IsEntry)
            inFrame = inFrame.Concat(function.Parameters).Concat(function.Returns);
        long end = 0;
        foreach (var variable in inFrame)
        {
            var alignment = Math.Max(variable.Alignment, 1);
            var offset = (end + alignment - 1) / alignment * alignment;
            end = offset + variable.Bytes;
            if (end > MostLocalBytes)
                throw new PtxException(
                    module, variable.Line,
                    $"\"{variable.Name}\" makes the local memory of a thread larger than 512 KiB.");
            frame.LocalOffsets.Add(variable.Name, (int)offset);
        }
        frame.LocalBytes = (int)((end + 15) / 16 * 16);
    }

    private static void LayOutFrames(FrameLayout[] frames)
    {
        int registers = 0, predicates = 0, local = 0;
        foreach (var frame in frames.Skip(1))
        {
            (frame.RegisterStart, frame.PredicateStart, frame.LocalStart) = (registers, predicates, local);
            registers += frame.RegisterBytes;
            predicates += frame.PredicateCount;
            local += frame.LocalBytes;
        }
    }

    private static SharedLayout Shared(PtxModule module, List<PtxFunction> functions)
    {
        var named = new HashSet<string>();
        var instructions = functions.SelectMany(function => function.Instructions);
        foreach (var operand in instructions.SelectMany(instruction => instruction.Operands))
        {
            if (operand is PtxSymbol symbol)
                named.Add(symbol.Name);
            else if (operand is PtxAddress { Base: PtxSymbol place })
                named.Add(place.Name);
        }
        var declared = module.Variables.Where(variable => named.Contains(variable.Name))
            .Concat(functions.SelectMany(function => function.Variables))
            .Where(variable => variable.Space == PtxSpace.Shared);
        try
        {
            return new SharedLayout(declared);
        }
        catch (UnsupportedSharedSizeException why)
        {
            throw new PtxException(module.Name, functions[0].Line, $"kernel {functions[0].Name}: {why.Message}.");
        }
    }

    private static (KernelParameter[] Parameters, int Bytes) Parameters(PtxFunction entry)
    {
        var parameters = new List<KernelParameter>();
        var end = 0;
        foreach (var parameter in entry.Parameters)
        {
            var alignment = Math.Max(parameter.Alignment, parameter.Type.Bytes());
            end = (end + alignment - 1) / alignment * alignment;
            parameters.Add(new(parameter.Name, end, (int)parameter.Bytes));
            end += (int)parameter.Bytes;
        }
        return ([.. parameters], end);
    }

    /// <summary>
    /// Marks barriers of all threads and what is behind them, so that a warp that skips one is found.
    /// </summary>
    private static (Step[] Steps, MarkedBarrier[] Barriers) Mark(Step[] steps)
    {
        var barriers = new List<MarkedBarrier>();
        PostDominators? postDominators = null;
        var bit = 0;
        for (var pc = 0; pc < steps.Length && bit < 63; pc++)
        {
            if (steps[pc].Operation is not BarrierOperation { IsPlain: true })
                continue;
            postDominators ??= new PostDominators(steps);
            var after = postDominators.Next(pc);
            if (after >= steps.Length || postDominators.IsEnd(after))
                continue;
            var (met, came) = (1UL << bit, 1UL << (bit + 1));
            steps[pc] = steps[pc] with { Mark = steps[pc].Mark | met };
            steps[after] = steps[after] with { Mark = steps[after].Mark | came };
            barriers.Add(new(pc, met, came));
            bit += 2;
        }
        return (steps, [.. barriers]);
    }
}
