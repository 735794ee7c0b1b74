using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents.Runbooks;

/// <summary>The runbooks of the default org: <c>{root}/{name}.md</c>. Read anew each time, so that an edit is seen at once.</summary>
/// <remarks>Only names that agents may have become paths; no link is followed.</remarks>
public sealed class RunbookFolder(string root, int maxBytes)
{
    const string Suffix = ".md";

    readonly string _root = Path.GetFullPath(root);
    readonly Lock _writing = new();

    /// <summary>By name.</summary>
    /// <exception cref="ProductException">Unavailable when the folder cannot be read.</exception>
    public IReadOnlyList<string> Names() => Try(() => Directory.Exists(_root)
        ? (IReadOnlyList<string>)
            [.. Directory.EnumerateFiles(_root, "*" + Suffix).Select(Path.GetFileNameWithoutExtension).OfType<string>().Where(AgentNames.IsUsable).Order(StringComparer.Ordinal)]
        : []);

    /// <summary>All that can be read.</summary>
    public IReadOnlyList<Runbook> List() => [.. Names().Select(TryRead).OfType<Runbook>()];

    /// <summary>Null when there is none of that name, in any case.</summary>
    /// <exception cref="ProductException">Conflict when it cannot be read, saying why.</exception>
    public Runbook? Find(string name) => FindText(name) is { } found ? RunbookReader.Read(found.Name, found.Text) : null;

    /// <summary>The file as it is, and the name that it has.</summary>
    public (string Name, string Text)? FindText(string name)
    {
        if (!AgentNames.IsUsable(name) || Names().FirstOrDefault(other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } found) { return null; }

        using var folder = new FolderReader(_root);
        return folder.Read(found + Suffix, maxBytes) is { } content ? (found, Encoding.UTF8.GetString(content).TrimStart('\uFEFF')) : null;
    }

    /// <summary>Writes it in place of the one that is there; sections that have no member stay.</summary>
    /// <returns>As it reads now.</returns>
    /// <exception cref="ProductException">NotPossible for the name; Invalid, naming the member that is wrong.</exception>
    public Runbook Save(Runbook book)
    {
        var name = AgentNames.RequireNew(book.AgentName);
        lock (_writing)
        {
            var before = Find(name);
            var normal = RunbookRules.Normal(book, before?.AgentName ?? name) with { Others = before?.Others ?? [] };
            WriteText(normal.AgentName!, RunbookWriter.Write(normal));
            return normal;
        }
    }

    /// <summary>A runbook that is not kept, as its file would be.</summary>
    /// <exception cref="ProductException">Invalid, naming the member that is wrong.</exception>
    public static (string Markdown, Runbook Book) Compose(Runbook book)
    {
        var normal = RunbookRules.Normal(book, AgentNames.RequireNew(book.AgentName));
        return (RunbookWriter.Write(normal), normal);
    }

    /// <exception cref="ProductException">Invalid when it is too long; Unavailable when it cannot be written.</exception>
    public void WriteText(string name, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        if (content.Length > maxBytes) { throw AgentRules.Wrong($"The runbook would be larger than {maxBytes} bytes; shorten it."); }

        Try(() =>
        {
            Directory.CreateDirectory(_root);
            DurableFile.Replace(_root, AgentNames.RequireNew(name) + Suffix, content);
            return true;
        });
    }

    /// <returns>False when there was none.</returns>
    public bool Delete(string name)
    {
        if (!AgentNames.IsUsable(name) || Names().FirstOrDefault(other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } found) { return false; }

        return Try(() =>
        {
            DurableFile.Remove(_root, found + Suffix);
            return true;
        });
    }

    Runbook? TryRead(string name)
    {
        try
        {
            return Find(name);
        }
        catch (ProductException)
        {
            return null;
        }
    }

    static T Try<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Unavailable, "The runbooks' folder cannot be used; check its permissions and the server's log.", inner: failure);
        }
    }
}
