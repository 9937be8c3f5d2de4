#:project ../src/ZfNet/ZfNet.csproj
#:property PublishAot=false
#:property NoWarn=CA1849;CA1303;CA1305;CA2007
// Fetches the demo's data and lays it out as folders of classes:
//
//   dotnet run tools/EmojiData.cs                  .data/emoji/train and .data/emoji/heldout
//   dotnet run tools/EmojiData.cs -- --sample      and rewrites demo/pictures from the held-out fifth
//
// Needs npm (which checks the packages' hashes). Licences: demo/pictures/ATTRIBUTION.md; the choices are
// explained in docs/adr/0011-emoji-as-demo-data.md.
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ZfNet.Pictures;

const string Version = "16.0.0";
const int SamplePerClass = 36;
const double AlikeBelow = 3;
string[] vendors = ["google", "twitter"];
var classes = new Dictionary<string, string>
{
    ["Activities"] = "activities", ["Animals & Nature"] = "animals", ["Flags"] = "flags", ["Food & Drink"] = "food",
    ["Objects"] = "objects", ["People & Body"] = "people", ["Smileys & Emotion"] = "smileys", ["Symbols"] = "symbols",
    ["Travel & Places"] = "travel",
};

string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, ".."));
string target = Path.Combine(root, ".data", "emoji"), downloads = Path.Combine(root, ".data", "npm");
Directory.CreateDirectory(downloads);

var files = new Dictionary<string, Dictionary<string, byte[]>>();
byte[] index = [];
foreach (string vendor in vendors)
{
    string? archive = Fetch(vendor);
    if (archive is null) return 1;
    (files[vendor], index) = Unpack(archive, vendor);
}

List<Emoji> emoji = Read(index);
JoinAlike(emoji);
HoldOut(emoji);
Write(emoji);
if (args.Contains("--sample")) WriteSample(emoji);
return 0;

// npm pack keeps what it has in its cache, and refuses a package whose hash is not the registry's.
string? Fetch(string vendor)
{
    string name = $"emoji-datasource-{vendor}", archive = Path.Combine(downloads, $"{name}-{Version}.tgz");
    if (File.Exists(archive)) return archive;
    string part = Path.Combine(downloads, "part");
    Directory.CreateDirectory(part);
    Console.WriteLine($"fetching {name} {Version}");
    var start = OperatingSystem.IsWindows()
        ? new ProcessStartInfo("cmd", ["/c", "npm", "pack", "--silent", "--pack-destination", part, $"{name}@{Version}"])
        : new ProcessStartInfo("npm", ["pack", "--silent", "--pack-destination", part, $"{name}@{Version}"]);
    try
    {
        using Process npm = Process.Start(start)!;
        npm.WaitForExit();
        if (npm.ExitCode == 0)
        {
            File.Move(Path.Combine(part, Path.GetFileName(archive)), archive);
            return archive;
        }
        Console.Error.WriteLine($"EmojiData: npm could not fetch {name} {Version} (exit {npm.ExitCode}).");
    }
    catch (System.ComponentModel.Win32Exception)
    {
        Console.Error.WriteLine("EmojiData: npm is not installed; it comes with Node.js.");
    }
    return null;
}

(Dictionary<string, byte[]>, byte[]) Unpack(string archive, string vendor)
{
    var pictures = new Dictionary<string, byte[]>();
    byte[] json = [];
    using var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
    while (tar.GetNextEntry() is { } entry)
    {
        bool picture = entry.Name.StartsWith($"package/img/{vendor}/64/", StringComparison.Ordinal);
        if (entry.DataStream is null || (!picture && entry.Name != "package/emoji.json")) continue;
        var bytes = new byte[entry.DataStream.Length];
        entry.DataStream.ReadExactly(bytes);
        if (picture) pictures[Path.GetFileName(entry.Name)] = bytes;
        else json = bytes;
    }
    return (pictures, json);
}

List<Emoji> Read(byte[] json)
{
    var all = new List<Emoji>();
    using JsonDocument document = JsonDocument.Parse(json);
    foreach (JsonElement e in document.RootElement.EnumerateArray())
    {
        // "Component" is five bare skin-tone patches; the variants under skin_variations stay out (see the ADR).
        if (!classes.TryGetValue(e.GetProperty("category").GetString()!, out string? label)) continue;
        string name = e.GetProperty("short_name").GetString()!, image = e.GetProperty("image").GetString()!;
        string code = e.GetProperty("unified").GetString()!;
        var pictures = new Dictionary<string, byte[]>();
        foreach (string vendor in vendors)
            if (e.GetProperty($"has_img_{vendor}").GetBoolean() && files[vendor].TryGetValue(image, out byte[]? bytes))
                pictures[vendor] = bytes;
        all.Add(new(name, code, label, pictures) { Concept = Concepts.Of(name, code) });
    }
    return [.. all.OrderBy(e => e.Label, StringComparer.Ordinal).ThenBy(e => e.Code, StringComparer.Ordinal)];
}

// Emoji that any vendor draws alike (the flags of Norway and Bouvet Island, a loudspeaker with one wave or none) are one
// concept: on 16 x 16 pixels over white the mean difference is below AlikeBelow of 255.
void JoinAlike(List<Emoji> all)
{
    foreach (string vendor in vendors)
    {
        (Emoji Emoji, byte[] Small)[] drawn = [.. all.Where(e => e.Pictures.ContainsKey(vendor)).Select(e =>
            (e, Picture.Decode(e.Pictures[vendor], e.Name).Resize(16, 16, ResizeFilter.Area).Pixels.ToArray()))];
        for (int i = 0; i < drawn.Length; i++)
            for (int j = 0; j < i; j++)
            {
                string a = drawn[i].Emoji.Concept, b = drawn[j].Emoji.Concept;
                if (a == b || Difference(drawn[i].Small, drawn[j].Small) >= AlikeBelow) continue;
                string joined = string.CompareOrdinal(a, b) < 0 ? a : b;
                foreach (Emoji e in all.Where(e => e.Concept == a || e.Concept == b)) e.Concept = joined;
            }
    }
}

static double Difference(byte[] a, byte[] b)
{
    long sum = 0;
    for (int i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
    return sum / (double)a.Length;
}

// A fifth of each class's emoji: its concepts in the order of a hash of their names, which no machine and no order of
// files can change, each taken whole if it still fits.
void HoldOut(List<Emoji> all)
{
    foreach (var label in all.GroupBy(e => e.Concept).GroupBy(c => c.First().Label))
    {
        int room = (int)Math.Round(label.Sum(c => c.Count()) / 5.0);
        foreach (var concept in label.OrderBy(c => Hash(Encoding.UTF8.GetBytes(c.Key)), StringComparer.Ordinal))
        {
            if (concept.Count() > room) continue;
            room -= concept.Count();
            foreach (Emoji e in concept) e.HeldOut = true;
        }
    }
}

void Write(List<Emoji> all)
{
    foreach (string split in new[] { "train", "heldout" })
        if (Directory.Exists(Path.Combine(target, split))) Directory.Delete(Path.Combine(target, split), recursive: true);
    var manifest = new StringBuilder("split\tclass\tvendor\tname\tcode\tconcept\n");
    var counts = new SortedDictionary<string, (int Emoji, int HeldOut, int TrainFiles, int HeldOutFiles)>(StringComparer.Ordinal);
    var written = new HashSet<string>();
    foreach (Emoji e in all)
    {
        string split = e.HeldOut ? "heldout" : "train";
        counts.TryGetValue(e.Label, out var n);
        n.Emoji++;
        if (e.HeldOut) n.HeldOut++;
        foreach ((string vendor, byte[] bytes) in e.Pictures)
        {
            if (!written.Add(vendor + Hash(bytes))) continue; // the same file twice teaches and tests nothing
            string folder = Path.Combine(target, split, e.Label);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, e.FileName(vendor)), bytes);
            manifest.Append($"{split}\t{e.Label}\t{vendor}\t{e.Name}\t{e.Code}\t{e.Concept}\n");
            if (e.HeldOut) n.HeldOutFiles++;
            else n.TrainFiles++;
        }
        counts[e.Label] = n;
    }
    File.WriteAllText(Path.Combine(target, "manifest.tsv"), manifest.ToString());

    Console.WriteLine($"{"class",-12}{"emoji",7}{"held out",10}{"train files",13}{"held-out files",16}");
    foreach ((string label, var n) in counts)
        Console.WriteLine($"{label,-12}{n.Emoji,7}{n.HeldOut,10}{n.TrainFiles,13}{n.HeldOutFiles,16}");
    Console.WriteLine($"{"all",-12}{counts.Values.Sum(n => n.Emoji),7}{counts.Values.Sum(n => n.HeldOut),10}"
        + $"{counts.Values.Sum(n => n.TrainFiles),13}{counts.Values.Sum(n => n.HeldOutFiles),16}");
    Console.WriteLine($"{all.Select(e => e.Concept).Distinct().Count()} concepts; written to {Path.GetRelativePath(Environment.CurrentDirectory, target)}");
}

// A fixed draw of the held-out files, as many of each vendor in each class, unchanged byte for byte.
void WriteSample(List<Emoji> all)
{
    string folder = Path.Combine(root, "demo", "pictures");
    long bytes = 0;
    int count = 0;
    foreach (string label in classes.Values)
    {
        string to = Path.Combine(folder, label);
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (string vendor in vendors)
        {
            var written = new HashSet<string>();
            foreach (Emoji e in all.Where(e => e.HeldOut && e.Label == label && e.Pictures.ContainsKey(vendor))
                         .OrderBy(e => Hash(Encoding.UTF8.GetBytes($"sample {vendor} {e.Code}")), StringComparer.Ordinal))
            {
                if (written.Count == SamplePerClass / vendors.Length) break;
                byte[] picture = e.Pictures[vendor];
                if (!written.Add(Hash(picture))) continue;
                File.WriteAllBytes(Path.Combine(to, e.FileName(vendor)), picture);
                bytes += picture.Length;
                count++;
            }
        }
    }
    Console.WriteLine($"demo/pictures: {count} files, {bytes / 1024} KiB");
}

static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

static string Source([CallerFilePath] string path = "") => path;

sealed record Emoji(string Name, string Code, string Label, Dictionary<string, byte[]> Pictures)
{
    /// <summary>What the split goes by: all emoji of one concept are on one side.</summary>
    public required string Concept { get; set; }

    /// <summary>Kept out of training.</summary>
    public bool HeldOut { get; set; }

    public string FileName(string vendor) => $"{vendor}_{Regex.Replace(Name, "[^A-Za-z0-9_+-]", "-")}.png";
}

/// <summary>Which emoji are one concept: the same thing for a man, a woman and a person, at any skin tone, facing either
/// way; the same shape in another colour or size; the same clock at another hour.</summary>
static partial class Concepts
{
    static readonly Dictionary<string, string> s_people = new()
    {
        ["1F468"] = "adult", ["1F469"] = "adult", ["1F9D1"] = "adult",
        ["1F466"] = "child", ["1F467"] = "child", ["1F9D2"] = "child",
        ["1F474"] = "elder", ["1F475"] = "elder", ["1F9D3"] = "elder",
        ["1F934"] = "royal", ["1F478"] = "royal", ["1FAC5"] = "royal",
        ["1F385"] = "claus", ["1F936"] = "claus",
        ["1F930"] = "pregnant", ["1FAC3"] = "pregnant", ["1FAC4"] = "pregnant",
        ["1F57A"] = "dancer", ["1F483"] = "dancer",
        ["1F46B"] = "holding-hands", ["1F46C"] = "holding-hands", ["1F46D"] = "holding-hands",
        ["1F48F"] = "couple-kiss", ["1F491"] = "couple-heart", ["1F46A"] = "family",
    };

    static readonly (Regex Name, string Concept)[] s_series =
    [
        (Clock(), "clock-face"), (Heart(), "heart-plain"), (Circle(), "circle"), (Square(), "square"), (Diamond(), "diamond"),
        (Triangle(), "triangle"), (Book(), "book-closed"), (Moon(), "moon-phase"), (MoonFace(), "moon-face"),
    ];

    public static string Of(string name, string code)
    {
        foreach ((Regex pattern, string concept) in s_series)
            if (pattern.IsMatch(name)) return concept;

        string[] parts = [.. code.Split('-')
            .Where(p => p is not ("FE0F" or "200D" or "2640" or "2642" or "27A1" or "1F3FB" or "1F3FC" or "1F3FD" or "1F3FE" or "1F3FF"))
            .Select(p => s_people.GetValueOrDefault(p, p))];
        // The bare gender signs are emoji of their own.
        if (parts.Length == 0) return code;
        if (parts.Contains("2764") && parts.Contains("adult")) return parts.Contains("1F48B") ? "couple-kiss" : "couple-heart";
        if (parts.Contains("1F91D") && parts.Contains("adult")) return "holding-hands";
        if (parts.Contains("1F384") && parts.Contains("adult")) return "claus";
        if (parts.Length > 1 && parts.All(p => p is "adult" or "child")) return "family";
        return string.Join('-', parts);
    }

    [GeneratedRegex("^clock[0-9]+$")]
    private static partial Regex Clock();

    [GeneratedRegex("^((blue|green|yellow|purple|black|white|brown|orange|light_blue|grey|pink)_)?heart$")]
    private static partial Regex Heart();

    [GeneratedRegex("^(large_)?(red|blue|orange|yellow|green|purple|brown|black|white)_circle$")]
    private static partial Regex Circle();

    [GeneratedRegex("^((large|black|white)_)+((red|blue|orange|yellow|green|purple|brown|small|medium|large|medium_small)_)?square$")]
    private static partial Regex Square();

    [GeneratedRegex("^(large|small)_(orange|blue)_diamond$")]
    private static partial Regex Diamond();

    [GeneratedRegex("^small_red_triangle(_down)?$")]
    private static partial Regex Triangle();

    [GeneratedRegex("^(green|blue|orange|closed)_book$")]
    private static partial Regex Book();

    [GeneratedRegex("^(new_|full_)?moon$|^(waxing|waning)_(crescent|gibbous)_moon$|^(first|last)_quarter_moon$")]
    private static partial Regex Moon();

    [GeneratedRegex("^(new|full|first_quarter|last_quarter)_moon_with_face$")]
    private static partial Regex MoonFace();
}
