namespace AgentOrchestrator.Sqlite;

/// <summary>Space that the data folder holds for the time when its disk is full, so that what runs can be ended then.</summary>
/// <remarks>Held by a file without content. On file systems that cannot promise space to a file there is none.</remarks>
sealed class DiskReserve(string folder, long bytes)
{
    // Beside the reserve, so that it is not given up again with the next write.
    const long Margin = 4 << 20;

    readonly string _path = Path.Combine(folder, "reserve");

    public void GiveUp()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then there is that much less for what runs.
        }
    }

    /// <returns>False while there is too little space.</returns>
    public bool TryTake()
    {
        if (bytes == 0)
        {
            return true;
        }

        try
        {
            if (new DriveInfo(folder).AvailableFreeSpace < bytes + Margin)
            {
                return false;
            }

            new FileStream(_path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = bytes }).Dispose();
            return true;
        }
        catch (IOException)
        {
            GiveUp();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // Not a matter of space; what else is written there says it better.
            return true;
        }
    }
}
