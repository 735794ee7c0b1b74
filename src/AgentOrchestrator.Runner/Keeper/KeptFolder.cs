using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>What the keeper leaves on the disk of a run: its output, the group that holds it, its end.</summary>
sealed class KeptFolder(string path)
{
    public string Path => path;

    public string OutputFile => In("output");

    /// <summary>Before anything is started: where its processes are found without the keeper.</summary>
    /// <param name="group">The control group that holds them.</param>
    /// <param name="limits">The ones that limit them.</param>
    public void WriteGroups(string? group, IEnumerable<string> limits)
    {
        StateFolder.CreatePrivate(path);
        File.WriteAllLines(In("limits"), limits);
        if (group is not null)
        {
            File.WriteAllText(In("group"), group);
        }
    }

    /// <summary>Removes the control groups that limited it, when nothing is left in them.</summary>
    public void RemoveLimits()
    {
        if (File.Exists(In("limits")))
        {
            File.ReadAllLines(In("limits")).Where(Directory.Exists).ToList().ForEach(CgroupContainer.Remove);
        }
    }

    /// <summary>Ends what is left in the control group that held it, if one did.</summary>
    public async Task KillGroupAsync()
    {
        try
        {
            if (File.Exists(In("group")))
            {
                await CgroupContainer.KillLeftAsync(await File.ReadAllTextAsync(In("group")).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever asks looks for the marks next.
        }
    }

    public void WriteEnd(KeptEnd end) => AttemptJournal.WriteDurably(In("end"), KeeperWire.Encode(new KeeperMessage.Ended(end)));

    /// <returns>Null when it has not ended, or nobody was there to see it.</returns>
    public KeptEnd? ReadEnd() =>
        File.Exists(In("end")) && KeeperWire.Decode(File.ReadAllBytes(In("end"))) is KeeperMessage.Ended ended ? ended.End : null;

    string In(string name) => System.IO.Path.Combine(path, name);
}
