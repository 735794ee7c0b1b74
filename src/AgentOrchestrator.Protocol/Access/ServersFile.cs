using System.Text.Json;

namespace AgentOrchestrator.Protocol.Access;

/// <summary>Where a server leaves its token for programs of the same user: <c>servers.json</c>, readable by that user alone.</summary>
/// <remarks><c>{"servers":{"http://127.0.0.1:8765":{"token":"…"}}}</c>, replaced as a whole, so that a reader never sees half of it.</remarks>
public sealed class ServersFile(string path)
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(20);

    public string Path { get; } = path;

    /// <summary><c>$XDG_CONFIG_HOME/agent-orchestrator/servers.json</c>, under <c>~/.config</c> when unset.</summary>
    public static ServersFile OfUser()
    {
        var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        if (string.IsNullOrEmpty(config))
        {
            config = System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        }

        return new ServersFile(System.IO.Path.Combine(config, "agent-orchestrator", "servers.json"));
    }

    /// <returns>Null when the file or the server in it is missing.</returns>
    /// <exception cref="ProductException"><see cref="ErrorCode.Malformed"/> when the file is not what a server wrote.</exception>
    public string? FindToken(Uri server) => FindToken(KeyOf(server));

    /// <param name="key">A server as <see cref="KeyOf"/> writes it.</param>
    public string? FindToken(string key) => Read().GetValueOrDefault(key);

    /// <summary>Remembers the token, or forgets the server when it is null. Other servers in the file stay.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.Unavailable"/> when another program keeps the file locked.</exception>
    public async Task SaveAsync(Uri server, string? token, CancellationToken cancel)
    {
        CreateFolder(System.IO.Path.GetDirectoryName(Path)!);
        await using var held = await LockAsync(cancel).ConfigureAwait(false);

        var tokens = Read();
        var key = KeyOf(server);
        if (token is null ? tokens.Remove(key) : !tokens.TryGetValue(key, out var known) || known != token)
        {
            if (token is not null)
            {
                tokens[key] = token;
            }

            Replace(tokens);
        }
    }

    /// <summary>One key for the ways to write one server: <c>localhost</c> and <c>127.0.0.1</c>, with and without a slash.</summary>
    public static string KeyOf(Uri server)
    {
        var host = server.Host is "localhost" or "[::1]" ? "127.0.0.1" : server.Host;
        return $"{server.Scheme}://{host}:{server.Port}{server.AbsolutePath.TrimEnd('/')}";
    }

    Dictionary<string, string> Read()
    {
        try
        {
            return ServersJson.Read(File.ReadAllBytes(Path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Malformed, $"{Path} cannot be read; repair or delete it, and the server writes it anew when it starts", inner: e);
        }
    }

    void Replace(Dictionary<string, string> tokens)
    {
        var next = Path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var stream = new FileStream(next, options))
        {
            ServersJson.Write(stream, tokens);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, Path, overwrite: true);
    }

    async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        for (var waited = TimeSpan.Zero; ; waited += s_lockRetry)
        {
            try
            {
                return new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (waited >= s_lockPatience)
            {
                throw new ProductException(
                    ErrorCode.Unavailable, $"{Path}.lock is held by another program; end it or remove the file, then try again", inner: e);
            }
            catch (IOException)
            {
                await Task.Delay(s_lockRetry, cancel).ConfigureAwait(false);
            }
        }
    }

    static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
