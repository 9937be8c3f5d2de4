using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class DrawingTests
{
    static readonly Rgb s_red = new(255, 0, 0), s_blue = new(0, 0, 255);

    [Test]
    public void Tiles_gutters_and_enlargement_land_on_the_pixel()
    {
        Picture sheet = new ContactSheet { Columns = 2, Gutter = 3, Margin = 1, Enlarge = 4 }.Draw(
            [new(Picture.Filled(5, 6, s_red)), new(Picture.Filled(5, 6, s_blue)), new(Picture.Filled(3, 2, s_blue))]);
        Assert.That((sheet.Height, sheet.Width), Is.EqualTo((2 + 2 * 20 + 3, 2 + 2 * 24 + 3)));
        Assert.That((sheet[0, 0], sheet[1, 1], sheet[20, 24], sheet[20, 25]), Is.EqualTo((Rgb.White, s_red, s_red, Rgb.White)));
        Assert.That((sheet[1, 28], sheet[20, 51]), Is.EqualTo((s_blue, s_blue)));
        // The small third tile, 12 x 8 enlarged, is centred in its 20 x 24 cell at (24, 1).
        Assert.That((sheet[27, 9], sheet[28, 9], sheet[39, 16], sheet[40, 16]), Is.EqualTo((Rgb.White, s_blue, s_blue, Rgb.White)));
    }

    [Test]
    public void An_all_zero_tile_is_hatched_with_words_and_never_black()
    {
        Picture tile = ContactSheet.AllZero(64, 64);
        var colours = new HashSet<Rgb>();
        int dark = 0;
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 64; x++)
            {
                colours.Add(tile[y, x]);
                if (tile[y, x].R < 100) dark++;
            }
        Assert.That(colours, Has.Count.GreaterThan(5), "stripes and letters");
        Assert.That(dark, Is.InRange(30, 500), "letters, and little else");
        Picture sheet = new ContactSheet { Columns = 2, Gutter = 0 }.Draw([new(Picture.Filled(64, 64, s_red)), new(null)]);
        Assert.That(sheet.Crop(new(0, 64, 64, 64)).Pixels.ToArray(), Is.EqualTo(tile.Pixels.ToArray()));
        Assert.That(() => ContactSheet.AllZero(1, 1), Throws.Nothing);
    }

    [Test]
    public void Text_is_drawn_with_the_embedded_font_and_cut_to_its_cell()
    {
        Assert.That(Canvas.Measure("unit 12", 11), Is.InRange(30f, 50f));
        string cut = Canvas.Fit("a caption much too long for its cell", 11, 60);
        Assert.That(cut, Does.EndWith("…"));
        Assert.That(Canvas.Measure(cut, 11), Is.LessThanOrEqualTo(60));
        Picture with = new ContactSheet().Draw([new(Picture.Filled(40, 80, Rgb.White), "Caption")]);
        Assert.That(Darkness(with.Crop(new(40, 0, with.Height - 40, 80))), Is.GreaterThan(2000));
        Assert.That(Darkness(new ContactSheet().Draw([new(Picture.Filled(40, 80, Rgb.White), " ")])), Is.Zero);
    }

    [Test]
    public void Filters_share_a_scale_or_have_their_own()
    {
        float[] weights = [1, 0, 0, 0.5f, 0, 0, 0, 0, 0];
        Picture each = FilterSheet.Draw(weights, 3, 1, 1, enlarge: 2, columns: 3);
        Picture shared = FilterSheet.Draw(weights, 3, 1, 1, scale: FilterScale.Shared, enlarge: 2, columns: 3);
        Assert.That((each[3, 3].R, each[3, 8].R), Is.EqualTo((255, 255)));
        Assert.That((shared[3, 3].R, shared[3, 8].R), Is.EqualTo((255, 192)));
        Assert.That(each[3, 13].R, Is.GreaterThan(180), "the zero filter is hatched, not grey");
        Assert.That(() => FilterSheet.Draw(weights, 2, 1, 1), Throws.ArgumentException);
    }

    [Test]
    public void A_heat_map_draws_cells_and_interpolates_between_their_centres()
    {
        var map = new HeatMap(1, 2, [0, 1]);
        Picture raw = map.ToPicture(ColourMap.Sequential, 0, 1, 4);
        Assert.That((raw.Height, raw.Width), Is.EqualTo((4, 8)));
        Assert.That((raw[0, 3], raw[3, 4]), Is.EqualTo((ColourMap.Sequential.At(0), ColourMap.Sequential.At(1))));
        Picture over = map.Over(Picture.Filled(2, 8, Rgb.Black), HeatMapPlacement.Even(map, 2, 8), ColourMap.Sequential, 0, 1, alpha: 1);
        // Centres at x = 2 and 6: pixel 1 (centre 1.5) is held at 0, pixel 3 (3.5) is 1.5 / 4 of the way.
        Assert.That(over[0, 1], Is.EqualTo(ColourMap.Sequential.At(0)));
        Assert.That(over[0, 3], Is.EqualTo(ColourMap.Sequential.At(1.5 / 4)));
        Assert.That(over[1, 7], Is.EqualTo(ColourMap.Sequential.At(1)));
    }

    [Test]
    public void An_overlay_mixes_by_alpha_and_spares_cells_without_a_value()
    {
        var picture = Picture.Filled(4, 4, new Rgb(100, 0, 50));
        var map = new HeatMap(2, 2, [1, float.NaN, 1, float.NaN]);
        var placement = new HeatMapPlacement(1, 0.5, 2, 3);
        Assert.That(map.Over(picture, placement, ColourMap.Sequential, 0, 1, 0).Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
        Picture over = map.Over(picture, placement, ColourMap.Sequential, 0, 1, 1);
        Assert.That((over[0, 0], over[0, 3]), Is.EqualTo((ColourMap.Sequential.At(1), picture[0, 3])));
        Assert.That(map.ToPicture(ColourMap.Sequential, 0, 1, 1)[0, 1], Is.EqualTo(Rgb.Grey));
        Assert.That(map.ToPicture(ColourMap.Sequential, 1, 1, 1)[0, 0], Is.EqualTo(ColourMap.Sequential.At(0.5)));
        Assert.That(() => new HeatMap(1, 1, [float.NaN]), Throws.ArgumentException);
        Assert.That(() => new HeatMap(2, 2, [1]), Throws.ArgumentException);
    }

    [Test]
    public void The_colour_bar_runs_from_high_at_the_top_to_low()
    {
        Picture bar = HeatMap.ColourBar(ColourMap.Diverging, -1, 1, 101);
        Assert.That((bar[7, 3], bar[50, 3], bar[93, 3]),
            Is.EqualTo((ColourMap.Diverging.At(1), ColourMap.Diverging.At(0.5), ColourMap.Diverging.At(0))));
        Assert.That(Darkness(bar.Crop(new(0, 18, 101, bar.Width - 18))), Is.GreaterThan(2000), "five numbers");
    }

    [Test]
    public void Labels_get_colours_by_frequency_and_the_rare_share_one()
    {
        var map = new LabelMap(1, 6, [7, 7, 7, 2, 2, 0], ["a", "b", "c", "d", "e", "f", "g", "h"]);
        Assert.That(map.Legend.Select(e => (e.Name, e.Count)), Is.EqualTo(new[] { ("h", 3), ("c", 2), ("a", 1) }));
        Picture grid = map.ToPicture(3);
        Assert.That((grid[2, 8], grid[0, 9], grid[1, 17]), Is.EqualTo((map.Legend[0].Colour, map.Legend[1].Colour, map.Legend[2].Colour)));
        Assert.That(map.WithLegend(3).Height, Is.EqualTo(60), "three lines");

        var many = new LabelMap(1, 14, [.. Enumerable.Range(0, 14)], [.. Enumerable.Range(0, 14).Select(i => $"class {i}")]);
        Assert.That(many.Legend, Has.Count.EqualTo(11));
        Assert.That((many.Legend[^1].Name, many.Legend[^1].Count), Is.EqualTo(("other", 4)));
        Assert.That(many.Legend.Select(e => e.Colour).Distinct().Count(), Is.EqualTo(11));
        Assert.That(() => new LabelMap(1, 1, [3], ["a"]), Throws.ArgumentException);
    }

    static long Darkness(Picture picture)
    {
        long sum = 0;
        foreach (byte b in picture.Pixels) sum += 255 - b;
        return sum;
    }
}
