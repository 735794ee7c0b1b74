using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>A process as <c>/proc</c> shows it. Id and start together name it for ever; the id alone is used again.</summary>
readonly record struct ProcEntry(int Id, int Parent, int Session, long StartTicks);

/// <summary>Reads the processes of a Linux host.</summary>
static class ProcFs
{
    /// <summary>Everything that runs; zombies are not listed, they are dead.</summary>
    public static List<ProcEntry> List()
    {
        var entries = new List<ProcEntry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Find(id) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <returns>Null when there is no such process, or it is a zombie.</returns>
    public static ProcEntry? Find(int id)
    {
        if (Read(id, "stat") is not { Length: > 0 } bytes)
        {
            return null;
        }

        // The name, in brackets, may itself hold spaces and brackets: count from the last one.
        var stat = Encoding.UTF8.GetString(bytes);
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X"
            ? null
            : new ProcEntry(id, Number(fields[1]), Number(fields[3]), long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>Its environment as it was started with; empty when it may not be read.</summary>
    public static ReadOnlySpan<byte> Environment(int id) => Read(id, "environ");

    static int Number(string field) => int.Parse(field, CultureInfo.InvariantCulture);

    static byte[]? Read(int id, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended in the meantime, or belongs to another user, who then is not ours to end.
            return null;
        }
    }
}
