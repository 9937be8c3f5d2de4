namespace ZfNet.Reports;

/// <summary>Where reports go.</summary>
internal static class ReportFolder
{
    public static void Create(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"Cannot make the folder '{folder}': {e.Message.TrimEnd('.')}.", e);
        }
    }
}
