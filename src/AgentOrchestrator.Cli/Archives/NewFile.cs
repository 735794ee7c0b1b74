using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Archives;

/// <summary>A file that appears when all of it is there, and replaces another only where that is said.</summary>
static class NewFile
{
    /// <param name="check">Looks at the file before it gets its name.</param>
    /// <param name="isPrivate">Whether its owner alone may read it.</param>
    /// <param name="isReplacing">Whether a file that is there goes.</param>
    /// <exception cref="ProductException">The file exists, cannot be written, or the server broke off.</exception>
    public static async Task WriteAsync(string path, Stream content, Func<FileStream, Task> check, bool isPrivate = false, bool isReplacing = false)
    {
        if (Path.Exists(path) && !(isReplacing && File.Exists(path)))
        {
            throw new ProductException(ErrorCode.Conflict, $"'{path}' is there already; choose another name");
        }

        var partial = path + ".part";
        try
        {
            File.Delete(partial);
            await using (var file = new FileStream(partial, Options(isPrivate)))
            {
                await CopyAsync(content, file);
                await check(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, isReplacing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw new ProductException(ErrorCode.NotPossible, $"'{path}' cannot be written: {error.Message}", inner: error);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    public static async Task CopyAsync(Stream content, Stream target)
    {
        var buffer = new byte[64 * 1024];
        while (await ReadAsync(content, buffer) is var read and > 0)
        {
            await target.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    public static ProductException CutShort(Exception? inner = null) =>
        new(ErrorCode.Unavailable, "The server broke off before the end; nothing was written. Try again", inner: inner);

    static FileStreamOptions Options(bool isPrivate)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (isPrivate && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    static async ValueTask<int> ReadAsync(Stream content, byte[] buffer)
    {
        try
        {
            return await content.ReadAsync(buffer);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw CutShort(broken);
        }
    }
}
