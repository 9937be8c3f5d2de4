namespace ZfNet.Training;

/// <summary>A network's answer on one labelled picture.</summary>
/// <param name="Picture">The picture's index in its source.</param>
/// <param name="Label">Its class.</param>
/// <param name="Guess">The class held most probable; of equal ones, the smaller number.</param>
/// <param name="Rank">How many classes come before the label's; 0 where the guess is right.</param>
/// <param name="Confidence">The guess's probability, 0 to 1; not a number where a score is not.</param>
/// <param name="Loss">Cross-entropy, natural logarithm, no label smoothing.</param>
public readonly record struct Answer(int Picture, int Label, int Guess, int Rank, double Confidence, double Loss)
{
    /// <summary>Reads an answer from class scores before softmax; in double, whatever the network computes in.</summary>
    internal static Answer Of(int picture, int label, ReadOnlySpan<float> logits)
    {
        var guess = 0;
        for (var c = 1; c < logits.Length; c++)
            if (logits[c] > logits[guess] || (float.IsNaN(logits[guess]) && !float.IsNaN(logits[c])))
                guess = c;
        double sum = 0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - (double)logits[guess]);
        return new(
            picture, label, guess, Evaluation.Rank(logits, label), 1 / sum, Math.Log(sum) + logits[guess] - logits[label]);
    }
}
