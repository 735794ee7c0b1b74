using System.Threading.Channels;
using AgentOrchestrator.Protocol.Agents;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Takes up edits of the agents' folder as they happen: the file system's word is a hint, the scan is the truth.</summary>
public sealed partial class AgentFolderWatch(AgentCatalog catalog, CoordinatorOptions options, TimeProvider time, ILogger<AgentFolderWatch> log)
{
    readonly Dictionary<string, string> _errors = [];

    /// <summary>Runs until cancelled. Returns at once where agents have no folder.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (catalog.Folder is not { } folder) { return; }

        // One hint is enough: the scan that is due sees every change before it.
        var hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watcher = Watch(folder, hints.Writer);
        try
        {
            while (true)
            {
                await RunOnceAsync(cancel).ConfigureAwait(false);
                await WaitAsync(hints.Reader, cancel).ConfigureAwait(false);
                cancel.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The end of every watch.
        }
    }

    /// <summary>One scan; says in the log which agents have become unusable or usable again.</summary>
    public async Task RunOnceAsync(CancellationToken cancel)
    {
        IReadOnlyList<AgentView> agents;
        try
        {
            agents = await catalog.ListAsync(CoordinatorOptions.DefaultOrg, [], cancel).ConfigureAwait(false);
        }
        catch (Protocol.ProductException failure)
        {
            LogScanFailed(failure.Message, failure);
            return;
        }

        foreach (var agent in agents)
        {
            if (agent.Error is { } error && _errors.GetValueOrDefault(agent.Name) != error)
            {
                _errors[agent.Name] = error;
                LogAgentFailed(agent.Name, error);
            }
            else if (agent.Error is null && _errors.Remove(agent.Name))
            {
                LogAgentRepaired(agent.Name);
            }
        }
    }

    async Task WaitAsync(ChannelReader<bool> hints, CancellationToken cancel)
    {
        using var due = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var hinted = hints.ReadAsync(due.Token).AsTask();
        await Task.WhenAny(hinted, Task.Delay(options.AgentScanInterval, time, due.Token)).ConfigureAwait(false);
        await due.CancelAsync().ConfigureAwait(false);
        await ((Task)hinted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    FileSystemWatcher? Watch(string folder, ChannelWriter<bool> hints)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            watcher.Created += (_, _) => hints.TryWrite(true);
            watcher.Changed += (_, _) => hints.TryWrite(true);
            watcher.Renamed += (_, _) => hints.TryWrite(true);
            watcher.Deleted += (_, _) => hints.TryWrite(true);
            watcher.Error += (_, failed) => LogWatchFailed(failed.GetException());
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException failure)
        {
            watcher?.Dispose();
            LogWatchFailed(failure);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Agent {Name} cannot be used: {Error}")]
    partial void LogAgentFailed(string name, string error);

    [LoggerMessage(LogLevel.Information, "Agent {Name} can be used again")]
    partial void LogAgentRepaired(string name);

    [LoggerMessage(LogLevel.Warning, "The agents' folder was not read: {Error}")]
    partial void LogScanFailed(string error, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The file system does not tell of changed agents; they are found by scanning")]
    partial void LogWatchFailed(Exception failure);
}
