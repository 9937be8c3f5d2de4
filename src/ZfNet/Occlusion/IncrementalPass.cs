using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// Forward passes over pictures that differ from one picture inside a box: of every layer's maps only the window that the box
/// reaches is computed; the rest is what the one picture's own pass gave (incremental inference, as Krypton: Nakandala, Kumar
/// and Papakonstantinou, SIGMOD 2019). Every value of the maps is the same sum of the same terms as in a pass over the whole picture,
/// and where outputs are computed in tiles, the tiles are those of the whole maps; the first fully connected layer adds what changed to
/// the one picture's output (<see cref="ChangedLinear"/>).
/// </summary>
/// <remarks>
/// The boxes are rows times columns of a grid. The tensors of the one pass belong to the scope that is open when this is made;
/// no gradient is recorded.
/// </remarks>
internal sealed class IncrementalPass
{
    private readonly LayerChain network;
    private readonly List<LayerStep> steps = [];

    /// <summary>The one picture, and every layer's output on it.</summary>
    private readonly List<Tensor> maps = [];

    /// <summary>The input with the border that a layer's windows reach; null where it needs none of its own.</summary>
    private readonly Tensor?[] bordered;

    /// <summary>Outputs that each layer computes together.</summary>
    private readonly Pair[] tiles;

    /// <summary>What changes, by map (the picture, then every layer's output) and grid row or column.</summary>
    private readonly CellRange[][] rows, columns;

    /// <param name="network">The layers.</param>
    /// <param name="picture">The one picture [1, C, H, W].</param>
    /// <param name="rows">The boxes' rows, by grid row.</param>
    /// <param name="columns">The boxes' columns, by grid column.</param>
    public IncrementalPass(LayerChain network, Tensor picture, CellRange[] rows, CellRange[] columns)
    {
        this.network = network;
        maps.Add(picture);
        _ = network.Run(picture, 0, network.Count - 1, (_, step, _, output, _) =>
        {
            steps.Add(step);
            maps.Add(output.Detach());
        });
        var flat = steps.FindIndex(step => step.Output.Rank != 4);
        MapLayers = flat < 0 ? steps.Count : flat;
        (this.rows, this.columns) = (new CellRange[MapLayers + 1][], new CellRange[MapLayers + 1][]);
        (this.rows[0], this.columns[0]) = (rows, columns);
        (bordered, tiles) = (new Tensor?[MapLayers], new Pair[MapLayers]);
        for (var i = 0; i < MapLayers; i++)
        {
            var (_, layer, _, output) = steps[i];
            tiles[i] = LayerReach.Tile(steps[i]);
            int height = (int)output[2], width = (int)output[3];
            if (LayerReach.IsPlace(layer))
            {
                (this.rows[i + 1], this.columns[i + 1]) = (this.rows[i], this.columns[i]);
            }
            else if (SlidingWindow.Of(layer) is { } window)
            {
                this.rows[i + 1] = Array.ConvertAll(this.rows[i], range => window.Rows.Above(range, height, tiles[i].H));
                this.columns[i + 1] = Array.ConvertAll(this.columns[i], range => window.Columns.Above(range, width, tiles[i].W));
                if (LayerReach.IsAlikeEverywhere(steps[i]))
                    bordered[i] = LayerReach.Bordered(steps[i], window, tiles[i], maps[i]);
            }
            else
            {
                this.rows[i + 1] = Array.ConvertAll(rows, _ => new CellRange(0, height - 1));
                this.columns[i + 1] = Array.ConvertAll(columns, _ => new CellRange(0, width - 1));
            }
        }
    }

    /// <summary>How many layers, from the first on, give maps [N, C, H, W].</summary>
    public int MapLayers { get; }

    /// <summary>Shape of what comes after <see cref="MapLayers"/> layers, [1, C, H, W].</summary>
    public Shape LastMaps => maps[MapLayers].Shape;

    /// <summary>A layer's output on the one picture; the scope's.</summary>
    public Tensor Output(int layer) => maps[layer + 1];

    public LayerStep Step(int layer) => steps[layer];

    /// <summary>
    /// Every place of the grid once, in batches. A batch's windows are as large as its largest, so it takes columns whose windows are
    /// alike, and few rows, which lie together: what comes after the maps takes the rows that they change (<see cref="ChangedLinear"/>).
    /// </summary>
    /// <param name="size">Places of a batch, at most.</param>
    public IEnumerable<(int Row, int Column)[]> Batches(int size)
    {
        int[] allRows = [.. Enumerable.Range(0, rows[0].Length)], allColumns = [.. Enumerable.Range(0, columns[0].Length).OrderBy(Share)];
        var height = Math.Max(1, Math.Min(allRows.Length, Math.Max((int)Math.Sqrt(size / 2.0), size / allColumns.Length)));
        // Parts of one size, without a narrow last one.
        int width = size / height, parts = (allColumns.Length + width - 1) / width;
        return from few in allRows.Chunk(height)
               from alike in allColumns.Chunk((allColumns.Length + parts - 1) / parts)
               select (from row in few from column in alike select (row, column)).ToArray();
    }

    /// <summary>How much of the layers' widths a grid column's windows take, added up.</summary>
    private double Share(int column) => Enumerable.Range(0, MapLayers).Sum(layer =>
    {
        var map = Size(steps[layer].Output).W;
        return Place([columns[layer + 1][column]], map, tiles[layer].W).Size / (double)map;
    });

    /// <summary>Runs the layers that give maps.</summary>
    /// <param name="box">What lies in every box, [1, C, height, width].</param>
    /// <param name="places">Grid row and column of each picture.</param>
    /// <param name="watch">A layer whose output is shown in any case, or null.</param>
    /// <param name="visit">
    /// Sees every layer's output, which lives until it returns; but for a convolution's that is rectified in the same pass.
    /// </param>
    /// <returns>What the last of these layers gives; for the caller to dispose.</returns>
    public MapWindows RunMaps(Tensor box, (int Row, int Column)[] places, int? watch, Action<int, MapWindows> visit)
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var current = new MapWindows(
            box.Expand([places.Length, .. box.Shape.Sizes[1..]]), Array.ConvertAll(places, place => rows[0][place.Row].First),
            Array.ConvertAll(places, place => columns[0][place.Column].First), Size(maps[0].Shape));
        for (var i = 0; i < MapLayers; i++)
        {
            var rectified = steps[i].Layer is Conv2d && i != watch && i + 1 < MapLayers && steps[i + 1].Layer is ReLU;
            var next = Run(i, rectified, current, places);
            if (rectified)
                i++;
            if (next.Values != current.Values)
                current.Values.Dispose();
            current = next;
            visit(i, current);
        }
        scope.Keep(current.Values);
        return current;
    }

    /// <summary>Runs the rest, from the windows that <see cref="RunMaps"/> gave.</summary>
    /// <param name="windows">Batches of pictures.</param>
    /// <param name="watch">A layer whose output is shown in any case, or null.</param>
    /// <param name="visit">
    /// Sees the layers' outputs, which live until it returns; flattened maps only where they are watched or needed whole.
    /// </param>
    /// <returns>The network's output for all pictures in order; for the caller to dispose.</returns>
    public Tensor RunRest(IReadOnlyList<MapWindows> windows, int? watch, Action<int, Tensor> visit)
    {
        using var scope = new TensorScope();
        var next = MapLayers;
        Tensor x;
        if (FirstLinear() is { } linear && !(watch >= MapLayers && watch < linear) && ChangedLinear.Pays(LastMaps, windows))
        {
            x = ChangedLinear.Forward((Linear)steps[linear].Layer, maps[MapLayers], maps[linear + 1], windows);
            visit(linear, x);
            next = linear + 1;
        }
        else
        {
            x = MapWindows.Joined(windows, batch => Whole(MapLayers, batch));
        }
        return scope.Keep(network.Run(x, next, network.Count - 1, (index, _, _, output, _) => visit(index, output)));
    }

    /// <summary>The fully connected layer that takes the last maps as they are, or null.</summary>
    private int? FirstLinear()
    {
        if (MapLayers == steps.Count || steps[MapLayers].Layer is not Flatten)
            return null;
        var next = steps.FindIndex(MapLayers + 1, step => step.Layer is not Dropout);
        return next >= 0 && steps[next].Layer is Linear ? next : null;
    }

    /// <summary>One layer, and the rectifier after it if asked for.</summary>
    private MapWindows Run(int layer, bool rectified, MapWindows x, (int Row, int Column)[] places)
    {
        var step = steps[layer];
        if (step.Layer is Dropout)
            return x;
        if (LayerReach.IsPlace(step.Layer))
            return x with { Values = step.Layer.Forward(x.Values) };
        var map = Size(step.Output);
        var (top, height) = Place(Array.ConvertAll(places, place => rows[layer + 1][place.Row]), map.H, tiles[layer].H);
        var (left, width) = Place(Array.ConvertAll(places, place => columns[layer + 1][place.Column]), map.W, tiles[layer].W);
        if (bordered[layer] is not { } around || (x.AreWhole && height == map.H && width == map.W))
        {
            var whole = Whole(layer, x);
            var all = LayerReach.Forward(step.Layer, whole, rectified);
            // Somebody's own layer may hand back what it got.
            if (all != whole)
                whole.Dispose();
            return new MapWindows(all, new int[places.Length], new int[places.Length], map);
        }
        var window = SlidingWindow.Of(step.Layer)!.Value;
        using var input = x.Cut(
            around, (window.Rows.Padding, window.Columns.Padding), Array.ConvertAll(top, at => at * window.Rows.Stride),
            Array.ConvertAll(left, at => at * window.Columns.Stride), (height - 1) * window.Rows.Stride + window.Rows.Extent,
            (width - 1) * window.Columns.Stride + window.Columns.Extent);
        return new MapWindows(LayerReach.ForwardInside(step, input, rectified), top, left, map);
    }

    /// <summary>The whole maps that come into a layer; for the caller to dispose.</summary>
    private Tensor Whole(int layer, MapWindows x) => x.AreWhole
        ? x.Values.Detach()
        : x.Cut(maps[layer], (0, 0), new int[x.Count], new int[x.Count], (int)maps[layer].Shape[2], (int)maps[layer].Shape[3]);

    /// <summary>Windows of one size over ranges of a map, of whole tiles unless they are all of the map.</summary>
    private static (int[] First, int Size) Place(CellRange[] changed, int map, int tile)
    {
        // A box that no window reaches changes nothing: one tile, which is computed for the others' sake, is as good as any.
        var size = Math.Max(1, changed.Max(range => range.Last / tile - range.First / tile + 1));
        var last = (map + tile - 1) / tile - size;
        return last <= 0
            ? (new int[changed.Length], map)
            : (Array.ConvertAll(changed, range => Math.Clamp(range.First / tile, 0, last) * tile), size * tile);
    }

    private static Pair Size(Shape maps) => new((int)maps[2], (int)maps[3]);
}
