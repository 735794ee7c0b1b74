using System.Text;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>Reads, lists, searches and writes below one folder, and nowhere else.</summary>
sealed class ConfinedFolder(string root, FileToolLimits limits)
{
    const string Git = ".git";

    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="from">The first line, from 1.</param>
    public string Read(string path, int from) => Within(path, (folder, name) =>
    {
        var text = Decode(Content(folder, name ?? throw NoFile(path), path), path);
        var lines = text.Split('\n');
        if (from > lines.Length) { throw new ToolException($"'{path}' has {lines.Length} lines."); }

        return Cut(lines, from);
    });

    public string List(string path) => InFolder(path, folder =>
    {
        var entries = folder.Entries().OrderBy(entry => entry.Name, StringComparer.Ordinal).Take(limits.MaxEntries + 1).Select(Shown).ToList();
        return entries.Count == 0 ? "(empty)"
            : entries.Count <= limits.MaxEntries ? string.Join('\n', entries)
            : $"{string.Join('\n', entries.Take(limits.MaxEntries))}\n[more than {limits.MaxEntries:N0} entries]";
    });

    public string Search(string path, string text, CancellationToken cancel) => InFolder(path, folder =>
    {
        var search = new FileSearch(text, limits, cancel);
        search.Look(folder, path is "" or "." ? "" : path.TrimEnd('/') + "/", 0);
        return search.ToString();
    });

    public string Write(string path, string content)
    {
        var bytes = s_strict.GetBytes(content);
        if (bytes.Length > limits.MaxWriteBytes) { throw new ToolException($"'content' has {bytes.Length:N0} bytes; {limits.MaxWriteBytes:N0} are the most."); }
        if (ConfinedPath.Read(path).Contains(Git, StringComparer.OrdinalIgnoreCase)) { throw new ToolException($"'{path}' is part of a repository's own files, which are not written."); }

        return Within(path, makes: true, act: (folder, name) =>
        {
            Replace(folder, name ?? throw NoFile(path), path, bytes);
            return $"Wrote {bytes.Length:N0} bytes to {path}.";
        });
    }

    internal static string? TryDecode(byte[] bytes)
    {
        try
        {
            return bytes.AsSpan().Contains((byte)0) ? null : s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a regular file; null for what is none, or too large.</summary>
    internal static byte[]? TryRead(RealFolder folder, string name, long most)
    {
        try
        {
            using var handle = folder.Find(name);
            return handle is null ? null : ReadAll(handle, most);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static byte[]? ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle handle, long most)
    {
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek || stream.Length > most) { return null; }

        var content = new byte[stream.Length];
        var read = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return content[..read];
    }

    byte[] Content(RealFolder folder, string name, string path)
    {
        using var handle = folder.Find(name) ?? throw new ToolException($"There is no '{path}'.");
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek) { throw new ToolException($"'{path}' is no regular file."); }
        if (stream.Length > limits.MaxFileBytes) { throw new ToolException($"'{path}' has {stream.Length:N0} bytes; {limits.MaxFileBytes:N0} are the most."); }

        var content = new byte[stream.Length];
        return content[..stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
    }

    string Cut(string[] lines, int from)
    {
        var text = new StringBuilder();
        for (var at = from - 1; at < lines.Length; at++)
        {
            if (text.Length + lines[at].Length > limits.MaxReadLength)
            {
                var part = text.Length == 0 ? lines[at][..limits.MaxReadLength] : "";
                return text.Append(part).Append($"\n[cut: {lines.Length - at:N0} more lines, from {at + 1}]").ToString();
            }

            text.Append(at == from - 1 ? "" : "\n").Append(lines[at]);
        }

        return text.ToString();
    }

    // Whoever reads sees the old content or the new. A hard link to a file elsewhere is replaced, not written through.
    static void Replace(RealFolder folder, string name, string path, byte[] bytes)
    {
        var mode = ModeOf(folder, name, path);
        var next = $".{name[..Math.Min(name.Length, 60)]}.{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6))}";
        try
        {
            using (var handle = folder.Create(next))
            {
                if (!OperatingSystem.IsWindows()) { File.SetUnixFileMode(handle, mode); }
                RandomAccess.Write(handle, bytes, 0);
            }

            folder.Replace(next, name);
        }
        catch
        {
            folder.Delete(next);
            throw;
        }
    }

    /// <exception cref="ToolException">There is something else than a regular file.</exception>
    static UnixFileMode ModeOf(RealFolder folder, string name, string path)
    {
        const UnixFileMode Usual = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        using var handle = folder.Find(name);
        if (handle is null) { return Usual; }

        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        return !stream.CanSeek ? throw new ToolException($"'{path}' is no regular file.") : OperatingSystem.IsWindows() ? Usual : File.GetUnixFileMode(handle);
    }

    string InFolder(string path, Func<RealFolder, string> act) => Within(path + "/.", (folder, _) => act(folder));

    string Within(string path, Func<RealFolder, string?, string> act, bool makes = false)
    {
        var isFolder = path.EndsWith("/.", StringComparison.Ordinal);
        var said = isFolder ? path[..^2] : path;
        var parts = ConfinedPath.Read(said);
        var way = isFolder || parts.Length == 0 ? parts : parts[..^1];
        var opened = new Stack<RealFolder>();
        try
        {
            opened.Push(RealFolder.Open(root));
            foreach (var part in way)
            {
                if (makes) { opened.Peek().MakeFolder(part); }
                opened.Push(opened.Peek().Enter(part) ?? throw new ToolException($"There is no '{said}'."));
            }

            return act(opened.Peek(), isFolder ? null : parts.LastOrDefault());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"'{said}' cannot be used: only real folders and regular files inside the working folder are, and no links.", failure);
        }
        finally
        {
            foreach (var folder in opened) { folder.Dispose(); }
        }
    }

    static string Decode(byte[] bytes, string path) => TryDecode(bytes) ?? throw new ToolException($"'{path}' is no text: {bytes.Length:N0} bytes.");

    static string Shown(FileSystemInfo entry) => entry switch
    {
        { LinkTarget: not null } => $"{Plain(entry.Name)} (a link)",
        DirectoryInfo => $"{Plain(entry.Name)}/",
        FileInfo file => $"{Plain(entry.Name)} ({file.Length:N0} bytes)",
        _ => Plain(entry.Name),
    };

    // A name may hold line ends, and then passes for two.
    static string Plain(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    static ToolException NoFile(string path) => new($"'{path}' is no file.");
}
