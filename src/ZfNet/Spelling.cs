namespace ZfNet;

/// <summary>What somebody who mistyped a word may have meant.</summary>
public static class Spelling
{
    /// <summary>
    /// The known word that takes the fewest letters to add, drop or change (Levenshtein), and how many.
    /// </summary>
    /// <param name="typed">The word that is not known.</param>
    /// <param name="known">At least one word.</param>
    public static (string Word, int Distance) Nearest(string typed, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(typed);
        return known.Select(word => (word, Distance(typed, word))).MinBy(pair => pair.Item2);
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
