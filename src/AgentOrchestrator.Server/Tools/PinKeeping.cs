using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;

namespace AgentOrchestrator.Server.Tools;

/// <summary>Keeps in the database how tools described themselves, so that a restart, or another node, does not take a changed one for a new one.</summary>
sealed partial class PinKeeping(ToolPins pins, IToolStore store, ToolCatalog catalog, TimeProvider time, ILogger<PinKeeping> log) : IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;
    const int MaxPins = 20_000;

    static readonly TimeSpan s_memory = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim _turn = new(1, 1);
    readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    long _readAt;
    bool _wasRead;

    /// <summary>Before tools are looked at: what is accepted, also by other nodes.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        if (_wasRead && time.GetElapsedTime(_readAt) < s_memory) { return; }

        await InTurnAsync(() => ReadAsync(cancel), cancel);
    }

    /// <summary>After tools were looked at: those that were seen for the first time.</summary>
    /// <returns>False when another node had seen one of them otherwise: then they must be looked at again.</returns>
    public Task<bool> SaveAsync(CancellationToken cancel) => InTurnAsync(() => WriteAsync(cancel), cancel);

    /// <exception cref="ProductException">NotFound when nothing waits; Conflict when it is another definition than the one that was shown.</exception>
    public async Task AcceptAsync(string server, string tool, string digest, string actor, CancellationToken cancel)
    {
        var change = pins.Changes.FirstOrDefault(change => change.Server == server && change.Tool == tool)
            ?? throw new ProductException(ErrorCode.NotFound, "no change of that tool of that server waits to be accepted; GET /actions/changes lists what does");
        if (change.Now.Digest != digest)
        {
            throw new ProductException(ErrorCode.Conflict, $"the tool '{tool}' of '{server}' describes itself otherwise by now; look at it again", "changed_again");
        }

        await store.AcceptAsync(Org, new ToolPin(IdOf(server, tool), Write(server, change.Now), actor), cancel);
        pins.Pin(server, change.Now);
        catalog.Forget();
    }

    public void Dispose() => _turn.Dispose();

    async Task<bool> ReadAsync(CancellationToken cancel)
    {
        foreach (var pin in await store.ListPinsAsync(Org, cancel)) { Take(pin); }
        (_wasRead, _readAt) = (true, time.GetTimestamp());
        return true;
    }

    async Task<bool> WriteAsync(CancellationToken cancel)
    {
        var fresh = pins.All.Select(pin => new ToolPin(IdOf(pin.Server, pin.Definition.Name), Write(pin.Server, pin.Definition), null))
            .Where(pin => !_kept.Contains(pin.PinId)).ToList();
        if (fresh.Count == 0) { return true; }
        if (_kept.Count + fresh.Count > MaxPins)
        {
            LogTooMany(MaxPins);
            return true;
        }

        await store.PinAsync(Org, fresh, cancel);
        await ReadAsync(cancel);
        return fresh.All(pin => Read(pin.Definition) is { } seen && pins.Find(seen.Server, seen.Definition.Name) is { } now && now == seen.Definition);
    }

    void Take(ToolPin kept)
    {
        _kept.Add(kept.PinId);
        if (Read(kept.Definition) is { } pin && pins.Find(pin.Server, pin.Definition.Name) != pin.Definition)
        {
            pins.Pin(pin.Server, pin.Definition);
            catalog.Forget();
        }
    }

    async Task<T> InTurnAsync<T>(Func<Task<T>> act, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    // Names are strangers' words of any length.
    static string IdOf(string server, string tool) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{server.Length}:{server}{tool}")));

    static string Write(string server, ToolDefinition definition) => JsonSerializer.Serialize(
        new KeptDefinition(server, definition.Name, definition.Description, definition.Schema.GetRawText()), PinJson.Default.KeptDefinition);

    static (string Server, ToolDefinition Definition)? Read(string json) =>
        JsonSerializer.Deserialize(json, PinJson.Default.KeptDefinition) is { } kept
            ? (kept.Server, new ToolDefinition(kept.Name, kept.Description, JsonElement.Parse(kept.Schema)))
            : null;

    [LoggerMessage(LogLevel.Warning, "More than {Most} definitions of tools; the newest are not kept, and taken for new after a restart")]
    partial void LogTooMany(int most);
}
