namespace ZfNet.Training;

/// <summary>How well one class was told from the others.</summary>
/// <param name="Name">The class.</param>
/// <param name="Support">Its pictures.</param>
/// <param name="Precision">Share of the guesses of this class that were right; null when it was never guessed.</param>
/// <param name="Recall">Share of its pictures that were recognised; null when it has none.</param>
public sealed record ClassScore(string Name, int Support, double? Precision, double? Recall)
{
    /// <summary>Harmonic mean of precision and recall; null where one of them is, 0 where both are.</summary>
    public double? F1 => Precision + Recall is > 0 ? 2 * Precision * Recall / (Precision + Recall) : Precision + Recall;
}

/// <summary>Pictures of one class that were taken for another.</summary>
/// <param name="Class">What they are.</param>
/// <param name="Guess">What they were taken for.</param>
/// <param name="Count">Their number.</param>
public sealed record Confusion(string Class, string Guess, int Count);

/// <summary>Pictures by their class and by the class that a network held most probable.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] counts;

    /// <summary>Counts answers.</summary>
    /// <param name="answers">Of any number of pictures.</param>
    /// <param name="classes">Class names in label order.</param>
    public ConfusionMatrix(IEnumerable<Answer> answers, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(classes);
        Classes = classes;
        counts = new int[classes.Count, classes.Count];
        foreach (var answer in answers)
            counts[answer.Label, answer.Guess]++;
        var all = Enumerable.Range(0, classes.Count).ToArray();
        Supports = [.. all.Select(c => all.Sum(guess => counts[c, guess]))];
        var guesses = all.Select(guess => all.Sum(c => counts[c, guess])).ToArray();
        Scores = [.. all.Select(c => new ClassScore(
            classes[c], Supports[c], Share(counts[c, c], guesses[c]), Share(counts[c, c], Supports[c])))];
    }

    /// <summary>Class names in label order: rows are what pictures are, columns what they were taken for.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Precision, recall and support of every class, in label order.</summary>
    public IReadOnlyList<ClassScore> Scores { get; }

    /// <summary>Pictures of every class, in label order.</summary>
    public IReadOnlyList<int> Supports { get; }

    /// <summary>Pictures of class <paramref name="label"/> taken for class <paramref name="guess"/>.</summary>
    /// <param name="label">What they are.</param>
    /// <param name="guess">What they were taken for.</param>
    public int this[int label, int guess] => counts[label, guess];

    /// <summary>The mistakes by number, most frequent first; of equal ones, in label order.</summary>
    public IEnumerable<Confusion> Mistakes() =>
        from label in Enumerable.Range(0, Classes.Count)
        from guess in Enumerable.Range(0, Classes.Count)
        where label != guess && counts[label, guess] > 0
        orderby counts[label, guess] descending
        select new Confusion(Classes[label], Classes[guess], counts[label, guess]);

    /// <summary>The counts, row by row.</summary>
    public int[][] ToRows() =>
        [.. Enumerable.Range(0, Classes.Count).Select(c => Enumerable.Range(0, Classes.Count).Select(g => counts[c, g]).ToArray())];

    private static double? Share(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
