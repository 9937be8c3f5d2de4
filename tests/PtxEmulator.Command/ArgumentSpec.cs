using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Command;

/// <summary>An argument as written on the command line: <c>i32:5</c>, <c>buffer:f32:1024=random:1</c>.</summary>
internal abstract class ArgumentSpec
{
    /// <summary>How arguments are written, for the help.</summary>
    public const string Forms =
        "An argument of the kernel, in order: TYPE:VALUE, or buffer:TYPE:COUNT[=INIT]. TYPE is i32, u32, i64, u64, f32, f64, and "
        + "for buffers also u8 and u16. INIT is a number, zeros (the default), iota, random[:SEED] or none (never written).";

    private static readonly string[] Types = ["i32", "u32", "i64", "u64", "f32", "f64", "u8", "u16"];

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">It is not understood.</exception>
    public static ArgumentSpec Parse(string text)
    {
        var parts = text.Split(':', 2);
        if (parts is ["buffer", var rest])
            return ParseBuffer(text, rest);
        if (parts is not [var type, var value])
            throw new InputException($"--arg {text} is neither TYPE:VALUE nor buffer:TYPE:COUNT[=INIT].");
        return type switch
        {
            "i32" => new Scalar(Number<int>(text, value)),
            "u32" => new Scalar(Number<uint>(text, value)),
            "i64" => new Scalar(Number<long>(text, value)),
            "u64" => new Scalar(Number<ulong>(text, value)),
            "f32" => new Scalar(Number<float>(text, value)),
            "f64" => new Scalar(Number<double>(text, value)),
            _ => throw new InputException(
                $"--arg {text}: there is no type {type} for a value; it can be i32, u32, i64, u64, f32 or f64."),
        };
    }

    private static Buffer ParseBuffer(string text, string rest)
    {
        var parts = rest.Split('=', 2);
        var shape = parts[0].Split(':');
        if (shape is not [var type, var count] || !Types.Contains(type))
            throw new InputException(
                $"--arg {text}: a buffer is written buffer:TYPE:COUNT[=INIT], its TYPE one of {string.Join(", ", Types)}.");
        var elements = Number<long>(text, count);
        if (elements is < 1 or > 1 << 28)
            throw new InputException($"--arg {text}: a buffer has from 1 to {1 << 28} elements.");
        var init = parts.Length == 2 ? parts[1] : "zeros";
        var bytes = init == "none" ? null : type switch
        {
            "u8" => Fill<byte>(text, (int)elements, init),
            "u16" => Fill<ushort>(text, (int)elements, init),
            "i32" => Fill<int>(text, (int)elements, init),
            "u32" => Fill<uint>(text, (int)elements, init),
            "i64" => Fill<long>(text, (int)elements, init),
            "u64" => Fill<ulong>(text, (int)elements, init),
            "f32" => Fill<float>(text, (int)elements, init),
            _ => Fill<double>(text, (int)elements, init),
        };
        return new Buffer(type, (int)elements, bytes);
    }

    private static byte[] Fill<T>(string text, int count, string init)
        where T : unmanaged, INumber<T>
    {
        var values = new T[count];
        var isFloat = T.CreateTruncating(0.5) != T.Zero;
        if (init == "iota")
        {
            for (var i = 0; i < count; i++)
                values[i] = T.CreateTruncating(i);
        }
        else if (init == "random" || init.StartsWith("random:", StringComparison.Ordinal))
        {
            var random = new Random(init == "random" ? 0 : Number<int>(text, init["random:".Length..]));
            for (var i = 0; i < count; i++)
                values[i] = isFloat ? T.CreateTruncating((2 * random.NextDouble()) - 1)
                    : T.CreateTruncating(random.Next(100));
        }
        else
        {
            Array.Fill(values, init == "zeros" ? T.Zero : Number<T>(text, init));
        }
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static T Number<T>(string text, string value)
        where T : INumber<T> =>
        T.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InputException($"--arg {text}: '{value}' is not a number of its type.");

    /// <summary>A value.</summary>
    public sealed class Scalar(KernelArgument value) : ArgumentSpec
    {
        public KernelArgument Value => value;
    }

    /// <summary>A buffer.</summary>
    /// <param name="type">Type of its elements.</param>
    /// <param name="count">How many.</param>
    /// <param name="initial">What it holds at the start; null for nothing.</param>
    public sealed class Buffer(string type, int count, byte[]? initial) : ArgumentSpec
    {
        public string Type => type;

        public int Count => count;

        public byte[]? Initial => initial;

        public int ElementBytes => type switch
        {
            "u8" => 1,
            "u16" => 2,
            "i64" or "u64" or "f64" => 8,
            _ => 4,
        };

        /// <summary>An element as text.</summary>
        public string Element(ReadOnlySpan<byte> bytes, int index)
        {
            var place = bytes[(index * ElementBytes)..];
            var culture = CultureInfo.InvariantCulture;
            return type switch
            {
                "u8" => place[0].ToString(culture),
                "u16" => MemoryMarshal.Read<ushort>(place).ToString(culture),
                "i32" => MemoryMarshal.Read<int>(place).ToString(culture),
                "u32" => MemoryMarshal.Read<uint>(place).ToString(culture),
                "i64" => MemoryMarshal.Read<long>(place).ToString(culture),
                "u64" => MemoryMarshal.Read<ulong>(place).ToString(culture),
                "f32" => MemoryMarshal.Read<float>(place).ToString("G9", culture),
                _ => MemoryMarshal.Read<double>(place).ToString("G17", culture),
            };
        }
    }
}
