using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;
using ZfNet.Engine;

namespace ZfNet.Cli;

/// <summary>Where a command's results, messages and progress go, and how it is told to stop.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Messages and progress.</param>
/// <param name="outputIsTerminal">Whether somebody reads the results as they come.</param>
/// <param name="errorIsTerminal">Whether somebody reads the messages as they come.</param>
/// <param name="cancel">Asks for a stop at a safe point.</param>
internal sealed class CliHost(
    TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal, CancellationToken cancel)
{
    /// <summary>Columns of a table that no terminal limits.</summary>
    private const int WideColumns = 200;

    private readonly Lazy<IAnsiConsole> messages = new(() => Ansi(error, errorIsTerminal));

    public TextWriter Output => output;

    public TextWriter Error => error;

    public CancellationToken Cancel => cancel;

    /// <summary>What there is to compute on.</summary>
    public Machine Machine { get; init; } = Machine.This;

    /// <summary>Progress bars are for people who watch: none when either stream goes elsewhere.</summary>
    public bool ShowsProgress => outputIsTerminal && errorIsTerminal;

    /// <summary>For messages while a progress bar stands.</summary>
    public IAnsiConsole Messages => messages.Value;

    /// <summary>The process's own streams. Results are buffered: the command flushes them, and hears of a full disk.</summary>
    public static CliHost Console(CancellationToken cancel) => new(
        new StreamWriter(System.Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 14),
        new StreamWriter(System.Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true },
        !System.Console.IsOutputRedirected, !System.Console.IsErrorRedirected, cancel);

    /// <summary>A message that is neither a result nor an error.</summary>
    public void Say(string message)
    {
        if (ShowsProgress)
            Messages.WriteLine(message);
        else
            error.WriteLine(message);
    }

    /// <summary>A table on the results: ruled on a terminal, plain columns elsewhere.</summary>
    /// <param name="columns">Headings; those that begin with '>' are right-aligned.</param>
    /// <param name="rows">Cells, as many as columns.</param>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = outputIsTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (var heading in columns)
        {
            var right = heading.StartsWith('>');
            var column = new TableColumn(new Text(right ? heading[1..] : heading)) { NoWrap = true };
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        Ansi(output, outputIsTerminal).Write(table);
    }

    /// <summary>Runs long work under a progress bar where somebody watches, else without.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="quiet">No bar in any case.</param>
    /// <param name="work">Given the bar.</param>
    public T Progress<T>(string title, bool quiet, Func<Bar, T> work)
    {
        if (quiet || !ShowsProgress)
            return work(new Bar(null));
        return Messages.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(title)))));
    }

    /// <summary>Runs long work under something that is drawn anew in place where somebody watches, else without.</summary>
    /// <param name="quiet">Nothing is drawn in any case.</param>
    /// <param name="work">Given what draws.</param>
    public T Live<T>(bool quiet, Func<Action<IRenderable>, T> work)
    {
        if (quiet || !ShowsProgress)
            return work(_ => { });
        return Messages.Live(new Text("")).AutoClear(true).Start(context => work(context.UpdateTarget));
    }

    private static IAnsiConsole Ansi(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
            console.Profile.Width = WideColumns;
        return console;
    }
}

/// <summary>A progress bar, or nothing at all.</summary>
internal sealed class Bar(ProgressTask? task)
{
    /// <summary>Moves it.</summary>
    /// <param name="done">So much is done.</param>
    /// <param name="total">Of so much.</param>
    /// <param name="title">What is being done now; null keeps the title.</param>
    public void Set(double done, double total, string? title = null)
    {
        if (task is null)
            return;
        task.MaxValue = Math.Max(total, 1);
        task.Value = done;
        if (title is not null)
            task.Description = Markup.Escape(title);
    }

    /// <summary>Progress that moves the bar on the thread that reports it.</summary>
    public IProgress<TReport> From<TReport>(Action<Bar, TReport> move) => new Told<TReport>(report => move(this, report));

    private sealed class Told<TReport>(Action<TReport> told) : IProgress<TReport>
    {
        public void Report(TReport value) => told(value);
    }
}
