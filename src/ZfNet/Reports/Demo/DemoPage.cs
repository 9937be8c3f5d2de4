using Fluid;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>The page's template and how pictures get into it.</summary>
internal static class DemoPage
{
    public static string Render(IReadOnlyDictionary<string, object?> values)
    {
        using var source = typeof(DemoPage).Assembly.GetManifestResourceStream("ZfNet.demo.liquid")
            ?? throw new InvalidOperationException("The report's template is not in the assembly.");
        using var reader = new StreamReader(source);
        var template = new FluidParser().Parse(reader.ReadToEnd());
        var options = new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() };
        var context = new TemplateContext(options);
        foreach (var (name, value) in values)
            context.SetValue(name, value);
        return template.Render(context, System.Text.Encodings.Web.HtmlEncoder.Default);
    }

    /// <summary>A picture inside the page, each pixel a square of the given side.</summary>
    public static string Inline(Picture picture, int enlarge = 1) =>
        "data:image/png;base64," + Convert.ToBase64String((enlarge > 1 ? picture.Enlarge(enlarge) : picture).ToPng());
}
