using Fluid;
using System.Text;
using System.Text.Encodings.Web;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>A page of one file: a Liquid template of this assembly, our style sheet, pictures as data.</summary>
internal static class ReportPage
{
    /// <summary>Fills a template in; values are escaped unless it says otherwise.</summary>
    /// <param name="template">Its name, such as "demo".</param>
    /// <param name="values">What it names; <c>style</c> is the style sheet.</param>
    public static string Render(string template, IReadOnlyDictionary<string, object?> values)
    {
        var context = new TemplateContext(new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() });
        context.SetValue("style", Resource("report.css"));
        foreach (var (name, value) in values)
            context.SetValue(name, value);
        return new FluidParser().Parse(Resource($"{template}.liquid")).Render(context, HtmlEncoder.Default);
    }

    /// <summary>Writes a page, whole or not at all.</summary>
    /// <exception cref="FileWriteException">It cannot be written.</exception>
    public static void Write(string path, string template, IReadOnlyDictionary<string, object?> values)
    {
        var page = Encoding.UTF8.GetBytes(Render(template, values));
        AtomicFile.Write(path, file => file.Write(page));
    }

    /// <summary>A picture inside the page, each pixel a square of the given side.</summary>
    public static string Inline(Picture picture, int enlarge = 1) =>
        "data:image/png;base64," + Convert.ToBase64String((enlarge > 1 ? picture.Enlarge(enlarge) : picture).ToPng());

    private static string Resource(string name)
    {
        using var source = typeof(ReportPage).Assembly.GetManifestResourceStream($"ZfNet.{name}")
            ?? throw new InvalidOperationException($"'{name}' is not in the assembly.");
        using var reader = new StreamReader(source);
        return reader.ReadToEnd();
    }
}
