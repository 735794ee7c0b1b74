using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.Tools;

/// <summary>How tools described themselves when they were first seen, or last accepted. A tool that describes itself otherwise is off until somebody accepts it.</summary>
/// <remarks>Safe for any number of threads.</remarks>
public sealed class ToolPins
{
    readonly ConcurrentDictionary<(string Server, string Tool), ToolDefinition> _pinned = new();
    readonly ConcurrentDictionary<(string Server, string Tool), ToolDefinition> _changed = new();

    /// <summary>What waits to be accepted, by server and tool.</summary>
    public IReadOnlyList<ToolChange> Changes =>
    [
        .. from change in _changed
           orderby change.Key.Server, change.Key.Tool
           select new ToolChange(change.Key.Server, change.Key.Tool, _pinned[change.Key], change.Value),
    ];

    /// <summary>Everything that is pinned, to be kept by the host and given back with <see cref="Pin"/>.</summary>
    public IReadOnlyList<(string Server, ToolDefinition Definition)> All => [.. _pinned.Select(pin => (pin.Key.Server, pin.Value))];

    /// <summary>The pinned one; null for none.</summary>
    public ToolDefinition? Find(string server, string tool) => _pinned.GetValueOrDefault((server, tool));

    /// <summary>Takes a definition as the accepted one.</summary>
    public void Pin(string server, ToolDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        _pinned[(server, definition.Name)] = definition;
        _changed.TryRemove((server, definition.Name), out _);
    }

    /// <summary>Takes the changed definition that waits.</summary>
    /// <returns>False when none waits, or when another one than the one that was shown.</returns>
    public bool Accept(ToolChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!_changed.TryRemove(new((change.Server, change.Tool), change.Now))) { return false; }

        _pinned[(change.Server, change.Tool)] = change.Now;
        return true;
    }

    /// <summary>Whether a tool is as it was; one that was never seen is pinned as it is.</summary>
    internal bool Allow(string server, ToolDefinition definition)
    {
        var key = (server, definition.Name);
        if (_pinned.GetOrAdd(key, definition).Digest == definition.Digest)
        {
            _changed.TryRemove(key, out _);
            return true;
        }

        _changed[key] = definition;
        return false;
    }
}

/// <summary>What a server says of a tool.</summary>
public sealed record ToolDefinition(string Name, string Description, JsonElement Schema)
{
    /// <summary>SHA-256 over name, description and schema, in hex.</summary>
    public string Digest { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Name.Length}:{Name}{Description.Length}:{Description}{Schema.GetRawText()}")));

    public bool Equals(ToolDefinition? other) => other?.Digest == Digest;

    public override int GetHashCode() => Digest.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A tool that describes itself otherwise than it did.</summary>
/// <param name="Server">The key of its server.</param>
/// <param name="Tool">Its name.</param>
/// <param name="Before">What is accepted.</param>
/// <param name="Now">What waits.</param>
public sealed record ToolChange(string Server, string Tool, ToolDefinition Before, ToolDefinition Now);
