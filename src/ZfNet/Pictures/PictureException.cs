namespace ZfNet.Pictures;

/// <summary>Why a picture could not be had.</summary>
public enum PictureFault
{
    /// <summary>No such file.</summary>
    Missing,

    /// <summary>The path is a folder, or the file cannot be opened.</summary>
    Unreadable,

    /// <summary>The bytes are not a PNG, JPEG or WebP.</summary>
    NotAPicture,

    /// <summary>A picture that ends early or whose data is damaged.</summary>
    Damaged,

    /// <summary>More bytes or pixels than the stated limit.</summary>
    TooLarge,
}

/// <summary>A picture could not be decoded. The message is one sentence that names the file.</summary>
public sealed class PictureException : InputException
{
    /// <summary>A fault with its sentence.</summary>
    /// <param name="fault">The kind of fault.</param>
    /// <param name="name">The file, or what stands for it.</param>
    /// <param name="message">One sentence.</param>
    /// <param name="inner">The cause underneath, if any.</param>
    public PictureException(PictureFault fault, string name, string message, Exception? inner = null)
        : base(message, inner)
    {
        Fault = fault;
        Name = name;
    }

    /// <summary>The kind of fault.</summary>
    public PictureFault Fault { get; }

    /// <summary>The file, or what stands for it.</summary>
    public string Name { get; }
}
