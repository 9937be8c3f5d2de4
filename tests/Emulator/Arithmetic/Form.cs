using System.Text;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>
/// Checks one form of an instruction on many operands: 32 at a time, first with all lanes and then with some, which
/// must leave the others as they were.
/// </summary>
internal static class Form
{
    private const ulong Untouched = 0xA5A5_5A5A_C3C3_3C3C;

    /// <summary>
    /// Checks that what an instruction does to %d is what <paramref name="expected"/> says of the bits of %a, %b, %c.
    /// </summary>
    /// <param name="text">The instruction without operands, or with.</param>
    /// <param name="to">The destination's type.</param>
    /// <param name="from">The sources' types.</param>
    /// <param name="cases">The sources' bits.</param>
    /// <param name="expected">The destination's bits.</param>
    /// <param name="destinationBytes">Bytes of the destination's register, where it is wider than its type.</param>
    /// <param name="sourceBytes">The same for the sources.</param>
    public static void Check(
        string text, PtxType to, PtxType[] from, IEnumerable<ulong[]> cases, Func<ulong[], ulong> expected,
        int? destinationBytes = null, int? sourceBytes = null)
    {
        CheckBits(text, to, from, cases, bits => (expected(bits), 0UL), destinationBytes, sourceBytes);
    }

    /// <summary>As <see cref="Check"/>, where several results are right: what is wrong with one, or null.</summary>
    public static void CheckWith(
        string text, PtxType to, PtxType[] from, IEnumerable<ulong[]> cases, Func<ulong[], ulong, string?> problem) =>
        CheckAny(text, to, from, cases, problem, null, null);

    /// <summary>As <see cref="Check"/>; bits of the second mask are not looked at.</summary>
    public static void CheckBits(
        string text, PtxType to, PtxType[] from, IEnumerable<ulong[]> cases,
        Func<ulong[], (ulong Bits, ulong Open)> expected, int? destinationBytes = null, int? sourceBytes = null) =>
        CheckAny(
            text, to, from, cases,
            (bits, actual) =>
            {
                var (right, open) = expected(bits);
                return ((right ^ actual) & ~open) == 0 ? null : $"0x{right:X}";
            },
            destinationBytes, sourceBytes);

    private static void CheckAny(
        string text, PtxType to, PtxType[] from, IEnumerable<ulong[]> cases, Func<ulong[], ulong, string?> problem,
        int? destinationBytes, int? sourceBytes)
    {
        string[] names = ["%a", "%b", "%c", "%e"];
        if (!text.Contains(' ', StringComparison.Ordinal))
            text = $"{text} %d, {string.Join(", ", names[..from.Length])}";
        using var lanes = new Lanes();
        lanes.Declare("%d", destinationBytes ?? to.Bytes());
        for (int i = 0; i < from.Length; i++)
            lanes.Declare(names[i], sourceBytes ?? from[i].Bytes());
        var operation = lanes.Decode(text);
        ulong laneBits = (destinationBytes ?? to.Bytes()) == 8 ? ulong.MaxValue : uint.MaxValue;
        var random = new Random(text.Sum(c => c));
        var faults = new StringBuilder();
        int faultCount = 0, caseCount = 0;
        foreach (var chunk in cases.Chunk(32))
        {
            uint some = (uint)random.NextInt64(1L << 32) | 1u << random.Next(32);
            foreach (uint mask in new[] { uint.MaxValue, some })
            {
                for (int lane = 0; lane < 32; lane++)
                {
                    lanes.Set("%d", lane, Untouched);
                    for (int i = 0; i < from.Length; i++)
                        lanes.Set(names[i], lane, chunk[lane % chunk.Length][i]);
                }
                operation.Execute(lanes.Warp, mask);
                for (int lane = 0; lane < 32; lane++)
                {
                    ulong actual = lanes.Get("%d", lane);
                    var operands = chunk[lane % chunk.Length];
                    string? fault = (mask >> lane & 1) != 0
                        ? problem(operands, actual)
                        : actual == (Untouched & laneBits) ? null : "nothing, being masked off";
                    if (fault != null && faultCount++ < 5)
                    {
                        string bits = string.Join(", ", operands.Select(x => $"0x{x:X}"));
                        faults.AppendLine($"({bits}) gave 0x{actual:X} instead of {fault}");
                    }
                }
            }
            caseCount += chunk.Length;
        }
        Assert.That(faults.ToString(), Is.Empty, $"{text}: {faultCount} faults");
        Assert.That(caseCount, Is.GreaterThan(20), "too few cases");
    }
}
