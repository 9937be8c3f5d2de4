using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>PTX that was cut or damaged is read or refused with a sentence; nothing else comes out.</summary>
[TestFixture]
public sealed class PtxFuzzTests
{
    /// <summary>What damage is made of: pieces that mean something somewhere.</summary>
    static readonly string[] Pieces =
    [
        "{", "}", "(", ")", "[", "]", "<", ">", ",", ";", ":", "::", "@", "!", "|", "=", "+", "-", ".", "_", "%", "$",
        "\"", "//", "/*", "*/", "\n", " ", "\0", "\u20AC", "0x", "0f", "0d3FF0000000000000", "0b",
        "99999999999999999999", "2147483648", "-1", "1e9", "1.", ".reg", ".b32", ".pred", ".param", ".global",
        ".shared", ".local", ".const", ".align", ".extern", ".func", ".entry", ".loc", ".file", ".section",
        ".branchtargets", ".callprototype", ".version", ".v4", ".ptr", ".attribute(", "<100000>", "[1000000000]",
        "%r1", "%p1", "%tid.x", "WARP_SZ", "ret", "bra", "L:", "call", "retval0", "table", "= {1, {2}}",
    ];

    /// <summary>True for a module, false for a sentence.</summary>
    static bool Reads(string text)
    {
        try
        {
            PtxParser.Parse("fuzz.ptx", text);
            return true;
        }
        catch (PtxException fault)
        {
            if (fault.Line < 1 || fault.Line > text.Count(c => c == '\n') + 1)
                Assert.Fail($"The line of \"{fault.Message}\" is not one of the text's.");
            var place = $"fuzz.ptx:{fault.Line}: ";
            if (!fault.Message.StartsWith(place, StringComparison.Ordinal) || fault.Message[^1] != '.')
                Assert.Fail($"\"{fault.Message}\" is not a sentence with module and line.");
            return false;
        }
    }

    [Test]
    public void A_module_may_end_at_any_character()
    {
        var whole = Enumerable.Range(0, PtxSample.Text.Length).Where(n => Reads(PtxSample.Text[..n])).ToArray();
        // Between items the rest is a module; within one it is not.
        var first = PtxSample.Text.IndexOf(".address_size", StringComparison.Ordinal);
        Assert.That(whole, Is.Not.Empty.And.All.GreaterThan(PtxSample.Text.IndexOf("sm_80", StringComparison.Ordinal)));
        Assert.That(whole, Does.Contain(first));
        var entry = PtxSample.Text.IndexOf(".visible .entry", StringComparison.Ordinal);
        var end = PtxSample.Text.LastIndexOf("ret;", StringComparison.Ordinal);
        Assert.That(whole.Where(n => n > entry && n < end), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Damage_anywhere_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var read = 0;
        const int Rounds = 2500;
        for (var i = 0; i < Rounds; i++)
        {
            var text = PtxSample.Text;
            for (var damage = random.Next(1, 5); damage > 0; damage--)
                text = Damage(text, random);
            read += Reads(text) ? 1 : 0;
        }
        // Damage within comments and debug sections is none; most of the rest must be noticed.
        Assert.That(read, Is.InRange(1, Rounds / 2));
    }

    [Test]
    public void Noise_is_refused()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var noise = Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)] + " ");
            var text = $".version 7.8\n.target sm_75\n.entry f() {{\n{string.Concat(noise)}\n]";
            Assert.That(Reads(text), Is.False);
        }
    }

    static string Damage(string text, Random random)
    {
        var at = random.Next(text.Length);
        var length = Math.Min(random.Next(1, 40), text.Length - at);
        var piece = Pieces[random.Next(Pieces.Length)];
        return random.Next(6) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, piece),
            2 => text.Remove(at, 1).Insert(at, piece),
            3 => text.Remove(at, 1).Insert(at, ((char)random.Next(128)).ToString()),
            4 => text.Insert(random.Next(text.Length), text.Substring(at, length)),
            _ => text[..(text.Length - length)],
        };
    }
}
