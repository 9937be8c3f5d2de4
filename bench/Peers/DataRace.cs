using System.Diagnostics;
using SkiaSharp;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Peers;

/// <summary>The data pipeline alone, from JPEG files to a network's input, beside the rate of the training step that it
/// must keep fed: at least twice that.</summary>
internal static class DataRace
{
    private const int Files = 96, Width = 500, Height = 375;

    public static void Run(int threads, int batch, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("zfnet-bench-");
        try
        {
            var bytes = Write(folder.FullName);
            Console.WriteLine(
                $"{Files} JPEG files of {Width} x {Height}, {bytes / 1024 / Files} KiB each, quality 95; "
                + "smallest side 256, random crop 224, flip");
            var source = ImageFolder.Open(folder.FullName);
            var preprocessing = new Preprocessing
            {
                Height = 224, Width = 224, Resize = ResizeRule.SmallestSideCentreCrop, SmallestSide = 256,
            };
            Parts(source, preprocessing);
            var augmentation = new Augmentation { RandomCrop = true, Flip = true };
            var (loader, decoded) = (Loader(cacheBytes: 0), Loader(cacheBytes: 1 << 30));
            var epoch = 0;
            var times = Timing.Interleave(rounds, () => Pass(loader, epoch++), () => Pass(decoded, epoch++));
            var (files, memory) = (Rate(times[0]), Rate(times[1]));
            Console.WriteLine(
                $"pipeline, {threads} threads: {files:F0} pictures/s from files, {memory:F0} from frames in memory");
            foreach (var spec in new[] { Networks.Wide, Networks.Paper })
            {
                var step = TrainingStep.Run(spec, threads, batch, Math.Min(rounds, 3), Timing.Probe(threads));
                Console.WriteLine(
                    $"{spec.Name}: the pipeline makes {files / step:F1} times the {step:F2} pictures/s of the step");
            }

            PictureLoader Loader(long cacheBytes) => new(new(source, preprocessing, cacheBytes), batch)
            {
                Workers = threads, Augmentation = augmentation,
            };
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        double Rate(double[] sorted) => Files / (Timing.Median(sorted) / 1000);
    }

    private static void Pass(PictureLoader loader, int epoch)
    {
        foreach (var batch in loader.Epoch(epoch)) batch.Dispose();
    }

    /// <summary>One thread's time a picture in each part.</summary>
    private static void Parts(ImageFolder source, Preprocessing preprocessing)
    {
        var (pictures, frames) = (new Picture[Files], new Picture[Files]);
        var values = new float[preprocessing.Length];
        var parts = new (string Name, Action<int> Do)[]
        {
            ("decode", i => pictures[i] = source.Get(i)),
            ("resize", i => frames[i] = preprocessing.Frame(pictures[i])),
            ("crop and flip", i => frames[i] = frames[i].CentreCrop(224, 224).FlipHorizontal()),
            ("to floats", i => preprocessing.ToChw(frames[i], values)),
        };
        for (var i = 0; i < 8; i++)
            foreach (var (_, act) in parts) act(i);
        foreach (var (name, act) in parts)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Files; i++) act(i);
            var each = Stopwatch.GetElapsedTime(start).TotalMilliseconds / Files;
            Console.WriteLine($"  {name,-14} {each:F2} ms a picture on one thread");
        }
    }

    /// <summary>Pictures with the detail of photographs: noise whose octaves halve in strength, and some
    /// edges.</summary>
    private static long Write(string root)
    {
        long bytes = 0;
        for (var i = 0; i < Files; i++)
        {
            var random = new Random(i);
            using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            using var canvas = new SKCanvas(bitmap);
            using var noise = SKShader.CreatePerlinNoiseFractalNoise(0.05f, 0.05f, 8, i);
            using var paint = new SKPaint { Shader = noise };
            canvas.Clear(Colour(255));
            canvas.DrawRect(0, 0, Width, Height, paint);
            for (var k = 0; k < 12; k++)
            {
                using var edge = new SKPaint { Color = Colour(160), IsAntialias = true };
                var (x, y) = (random.Next(Width), random.Next(Height));
                canvas.DrawOval(x, y, random.Next(10, 90), random.Next(10, 90), edge);
            }
            using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
            var path = Path.Combine(root, i % 2 == 0 ? "even" : "odd", $"{i}.jpg");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = File.Create(path);
            jpeg.SaveTo(file);
            bytes += jpeg.Size;

            SKColor Colour(byte alpha) =>
                new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), alpha);
        }
        return bytes;
    }
}
