using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Pictures by index, with their labels. Safe to call from many threads; the same index always gives the same
/// picture.</summary>
public interface IPictureSource
{
    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Class names in label order; empty when the pictures have no labels.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>A picture as decoded, of any size.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="PictureException">It cannot be decoded.</exception>
    Picture Get(int index);

    /// <summary>The picture's class, or -1 without labels.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    int Label(int index);

    /// <summary>What to call the picture in reports: its path.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    string Name(int index);

    /// <summary>Changes whenever the picture may have changed: its name, and of a file the size and the time of its
    /// last change. It is what a <see cref="FrameCache"/> is known by.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    string Stamp(int index) => Name(index);
}
