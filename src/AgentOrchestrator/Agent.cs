using System.Runtime.CompilerServices;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator;

/// <summary>A model with a purpose, tools and memory. It may answer several messages at the same time.</summary>
public sealed class Agent : IAgent
{
    const int Recalled = 5;

    readonly AgentSettings _settings;
    IReadOnlyList<AIFunction> _tools;

    /// <param name="id">Its name.</param>
    /// <param name="settings">What it is made of.</param>
    public Agent(string id, AgentSettings settings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        ArgumentNullException.ThrowIfNull(settings);
        (Id, _settings, _tools) = (id, settings, [.. settings.Tools]);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>What answers.</summary>
    public IChatClient Model => _settings.Model;

    /// <summary>What was said lately; null when it keeps nothing.</summary>
    public BufferMemory? BufferMemory => _settings.BufferMemory;

    /// <summary>What was said at any time; null when it has none.</summary>
    public ILongTermMemory? LongTermMemory => _settings.LongTermMemory;

    /// <summary>What the model may call: its own, and what its orchestrator shares with it under other names.</summary>
    public IReadOnlyList<AIFunction> Tools => [.. _tools.Concat(Shared?.ToolsOf(Id) ?? []).DistinctBy(tool => tool.Name)];

    /// <summary>Names of tools that it had before a restart and has not now; without them it does not run.</summary>
    public IReadOnlyList<string> MissingTools
    {
        get
        {
            var known = Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);
            return [.. _settings.RequiredTools.Where(name => !known.Contains(name))];
        }
    }

    /// <summary>Who the agent is and what it is for.</summary>
    public string SystemMessage => _settings.SystemMessage;

    /// <summary>Its memory has changed.</summary>
    internal Action? Remembered { get; set; }

    /// <summary>What its orchestrator lends it; null while it has none.</summary>
    internal SharedResources? Shared { get; set; }

    internal IReadOnlyList<AIFunction> OwnTools => _tools;

    internal IReadOnlyList<string> RequiredTools => _settings.RequiredTools;

    /// <summary>Its own one and the shared ones.</summary>
    internal IReadOnlyList<ILongTermMemory> LongTermMemories
    {
        get
        {
            var shared = Shared?.MemoriesOf(Id) ?? [];
            return LongTermMemory is { } own ? [own, .. shared.Where(memory => memory != own)] : shared;
        }
    }

    /// <inheritdoc/>
    public Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default) =>
        RunAsync(message, useMemory, [], cancellationToken);

    /// <summary>Answers one message and tells what happens as it happens; see <see cref="AgentLoop.RunAsync"/>.</summary>
    /// <param name="message">What it is told.</param>
    /// <param name="useMemory">False neither reads nor writes any memory.</param>
    /// <param name="cancellationToken">Ends the work; the last update then says so.</param>
    public IAsyncEnumerable<AgentUpdate> RunStreamAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default) =>
        RunStreamAsync(message, useMemory, [], cancellationToken);

    /// <summary>Lets the model call one tool more, from the next message on.</summary>
    public void AddTool(AIFunction tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        _tools = [.. _tools.Where(known => known.Name != tool.Name), tool];
    }

    internal async Task<AgentAnswer> RunAsync(string message, bool useMemory, IReadOnlyList<AIFunction> moreTools, CancellationToken cancel)
    {
        var tools = new List<string>();
        await foreach (var update in RunStreamAsync(message, useMemory, moreTools, cancel).ConfigureAwait(false))
        {
            switch (update)
            {
                case AgentUpdate.Calling { Call: { } call }: tools.Add(call.Name); break;
                case AgentUpdate.Ended { End: { } end }: return AnswerOf(end, tools, cancel);
            }
        }

        throw new InvalidOperationException("A run has an end.");
    }

    async IAsyncEnumerable<AgentUpdate> RunStreamAsync(
        string message, bool useMemory, IReadOnlyList<AIFunction> moreTools, [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireTools();
        var loop = new AgentLoop(Model, _settings.Loop with { Instructions = SystemMessage, Tools = [.. Tools, .. moreTools] });
        var messages = useMemory ? await RecallAsync(message, cancel).ConfigureAwait(false) : [];
        messages.Add(new ChatMessage(ChatRole.User, message));
        await foreach (var update in loop.RunAsync(messages, cancel).ConfigureAwait(false))
        {
            if (useMemory && update is AgentUpdate.Ended { End: { Reason: EndReason.Answered } end })
            {
                await RememberAsync(message, end.Text, cancel).ConfigureAwait(false);
            }

            yield return update;
        }
    }

    async Task<List<ChatMessage>> RecallAsync(string message, CancellationToken cancel)
    {
        List<ChatMessage> messages = [.. BufferMemory?.GetMessages() ?? []];
        var hits = await FindAsync(message, cancel).ConfigureAwait(false);
        if (hits.Count > 0)
        {
            messages.Insert(0, new ChatMessage(ChatRole.User, "From earlier conversations:\n" + string.Join("\n", hits.Select(hit => $"- {hit.Text}"))));
        }

        return messages;
    }

    async Task<IReadOnlyList<MemoryHit>> FindAsync(string message, CancellationToken cancel)
    {
        var hits = new List<MemoryHit>();
        foreach (var memory in LongTermMemories)
        {
            hits.AddRange(await memory.SearchAsync(message, Recalled, cancellationToken: cancel).ConfigureAwait(false));
        }

        return [.. hits.OrderBy(hit => hit.Distance).Take(Recalled)];
    }

    /// <summary>Into its own memory; an agent without one into those that are shared with it.</summary>
    async Task RememberAsync(string message, string answer, CancellationToken cancel)
    {
        if (BufferMemory is { } buffer) { await buffer.AddExchangeAsync(message, answer, Model, cancel).ConfigureAwait(false); }
        foreach (var memory in LongTermMemory is { } own ? [own] : LongTermMemories)
        {
            var metadata = new Dictionary<string, string> { ["input"] = message, ["response"] = answer, ["type"] = "conversation" };
            await memory.StoreAsync($"User: {message}\nAssistant: {answer}", metadata, cancellationToken: cancel).ConfigureAwait(false);
        }

        Remembered?.Invoke();
    }

    void RequireTools()
    {
        if (MissingTools is { Count: > 0 } missing)
        {
            throw new OrchestratorException(
                OrchestratorError.MissingTool,
                $"{Id} had tools that it has no more: {string.Join(", ", missing)}. Give them in PersistenceOptions.Tools, share them, or add them to the agent.");
        }
    }

    AgentAnswer AnswerOf(AgentEnd end, List<string> tools, CancellationToken cancel) => end.Reason switch
    {
        EndReason.Answered => new AgentAnswer(Id, end.Text, tools, end.Usage),
        EndReason.Stopped => throw new OperationCanceledException(cancel),
        EndReason.Failed => throw end.Failure!,
        _ => throw new OrchestratorException(OrchestratorError.LimitReached, $"{Id}: {end.Error}"),
    };
}
