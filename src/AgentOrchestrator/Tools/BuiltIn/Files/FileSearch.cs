using System.Text;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>One search of the texts below a folder.</summary>
sealed class FileSearch(string wanted, FileToolLimits limits, CancellationToken cancel)
{
    const int MaxLine = 300;

    readonly StringBuilder _found = new();
    int _matches;
    int _files;
    long _bytes;
    bool _isCut;

    public void Look(RealFolder folder, string path, int depth)
    {
        foreach (var entry in folder.Entries().Where(entry => entry.LinkTarget is null).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            if (_isCut) { return; }
            if (entry is DirectoryInfo) { Enter(folder, entry.Name, path, depth); }
            else { Look(folder, entry.Name, path); }
        }
    }

    public override string ToString() =>
        (_matches == 0 ? "Nothing was found." : _found.ToString().TrimEnd('\n')) + (_isCut ? "\n[cut: there is more; search in a folder below, or for something rarer]" : "");

    void Enter(RealFolder folder, string name, string path, int depth)
    {
        if (depth >= limits.MaxDepth || name == ".git") { return; }

        try
        {
            using var below = folder.Enter(name);
            if (below is not null) { Look(below, $"{path}{name}/", depth + 1); }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What may not be read is not searched.
        }
    }

    void Look(RealFolder folder, string name, string path)
    {
        if (++_files > limits.MaxSearched.Files || _bytes > limits.MaxSearched.Bytes)
        {
            _isCut = true;
            return;
        }

        if (ConfinedFolder.TryRead(folder, name, limits.MaxFileBytes) is not { } bytes) { return; }

        _bytes += bytes.Length;
        if (ConfinedFolder.TryDecode(bytes) is { } text) { Look(text, path + name); }
    }

    void Look(string text, string path)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (!line.Contains(wanted, StringComparison.OrdinalIgnoreCase)) { continue; }
            if (++_matches > limits.MaxMatches)
            {
                _isCut = true;
                return;
            }

            _found.Append(path).Append(':').Append(number).Append(": ").Append(line[..Math.Min(line.Length, MaxLine)]).Append('\n');
        }
    }
}
