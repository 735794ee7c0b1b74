using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>What people do in rooms, over whatever they came in.</summary>
sealed class RoomDoor(
    IRoomStore rooms, ISessionStore sessions, AgentCatalog agents, RoomPolicy policy, Redactor redactor, CoordinatorOptions options, TimeProvider time)
{
    const int MaxWord = 100;

    public string DefaultAgent => policy.DefaultAgent;

    /// <summary>The room of that name; who may write makes it by coming in, and the default agent greets.</summary>
    /// <exception cref="ProductException">NotFound for who may only look; Conflict <c>not_a_room</c>; Invalid for a name that cannot be.</exception>
    public async Task<(Room Room, bool IsNew)> EnterAsync(Principal caller, string name, CancellationToken cancel)
    {
        Names.Require(name, "session_id");
        if (await rooms.FindAsync(caller.Org, name, cancel) is { } room) { return (room, false); }

        var isTaken = await sessions.FindAsync(caller.Org, name, cancel) is not null;
        return isTaken || !MayWrite(caller)
            ? throw (isTaken ? RoomErrors.NotARoom(name) : RoomErrors.NotFound())
            : await rooms.OpenAsync(caller.Org, name, [await GreetingAsync(caller.Org, cancel)], cancel);
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<Room> RequireAsync(Principal caller, string idOrName, CancellationToken cancel) =>
        await rooms.FindAsync(caller.Org, idOrName, cancel) ?? throw RoomErrors.NotFound();

    /// <summary>Before a room is made for it.</summary>
    /// <exception cref="ProductException">Invalid, naming the member.</exception>
    public void Require(Saying said)
    {
        FreeText.Require(said.Text, "text", options.MaxPromptLength);
        Word(said.Sender, "name");
        Word(said.ClientMsgId, "client_msg_id");
    }

    /// <returns>The sequence of the message.</returns>
    /// <exception cref="ProductException">Forbidden; Invalid for a text that is empty or too long.</exception>
    public async Task<long> SayAsync(Principal caller, Room room, Saying said, CancellationToken cancel)
    {
        RequireWriter(caller);
        Require(said);
        var text = redactor.Redact(said.Text!);
        var data = new RoomMessageData { Sender = said.Sender ?? caller.Id, ClientMsgId = said.ClientMsgId, Via = said.Via };
        var message = RoomEvents.Said(text, data, caller.Actor, time.GetUtcNow());
        var key = data.ClientMsgId is { } id ? KeyOf(caller, room, id, text) : null;
        return (await sessions.AppendAsync(caller.Org, room.Session.SessionId, [message], null, key, cancel)).Value.LastSeq;
    }

    /// <param name="agent">Null unlocks.</param>
    /// <exception cref="ProductException">Forbidden; NotFound for the agent.</exception>
    public async Task<long> LockAsync(Principal caller, Room room, string? agent, CancellationToken cancel)
    {
        RequireWriter(caller);
        var name = agent is null ? null : (await agents.GetAsync(caller.Org, agent.TrimStart('@'), cancel)).Name;
        var change = new RoomChange(RoomEvents.Locked(name, caller.Actor, time.GetUtcNow())) { SetsLock = true, LockedAgent = name };
        return await rooms.ChangeAsync(caller.Org, room.Session.SessionId, change, cancel) ?? throw RoomErrors.NotFound();
    }

    /// <summary>Agents begin anew; the log stays.</summary>
    /// <exception cref="ProductException">Forbidden.</exception>
    public async Task<long> ClearAsync(Principal caller, Room room, CancellationToken cancel)
    {
        RequireWriter(caller);
        var change = new RoomChange(RoomEvents.Cleared(caller.Actor, time.GetUtcNow())) { Clears = true };
        return await rooms.ChangeAsync(caller.Org, room.Session.SessionId, change, cancel) ?? throw RoomErrors.NotFound();
    }

    /// <exception cref="ProductException">Forbidden.</exception>
    public static void RequireWriter(Principal caller)
    {
        if (!MayWrite(caller)) { throw new ProductException(ErrorCode.Forbidden, "you may look at this room; operators may speak in it"); }
    }

    static bool MayWrite(Principal caller) => new Policy([Role.Operator]).Admits(caller.Role);

    async Task<NewEvent> GreetingAsync(string org, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var all = await agents.ListAsync(org, [], cancel);
        var others = string.Join(", ", all.Where(IsListening).Where(agent => !IsDefault(agent)).Select(agent => "@" + agent.Name));
        return all.FirstOrDefault(IsDefault) switch
        {
            null => RoomEvents.Notice("no_assistant", new RoomNoticeData { Text = $"There is no agent '{DefaultAgent}'. Listening: {(others.Length > 0 ? others : "nobody")}." }, now),
            { } agent when !IsListening(agent) => RoomEvents.Notice("assistant_offline", new RoomNoticeData { Agent = agent.Name, Text = $"{agent.Name} is offline. Listening: {(others.Length > 0 ? others : "nobody")}." }, now),
            { } agent => RoomEvents.Greeting(agent.Name, $"Hello, I am {agent.Name}. {agent.Description}{(others.Length > 0 ? $" You can also speak to {others}." : "")}", now),
        };
    }

    bool IsDefault(AgentView agent) => string.Equals(agent.Name, DefaultAgent, StringComparison.OrdinalIgnoreCase);

    static bool IsListening(AgentView agent) => agent is { Error: null, Status: AgentStatuses.Active };

    static void Word(string? word, string member)
    {
        if (word is { Length: 0 or > MaxWord } || word?.Any(char.IsControl) is true)
        {
            throw new ProductException(ErrorCode.Invalid, $"{member} must be a text of 1 to {MaxWord} characters on one line");
        }
    }

    static IdempotencyKey KeyOf(Principal caller, Room room, string id, string text) => new(
        caller.Org, caller.Actor, $"room:{room.Session.SessionId}:{id}", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
}

/// <summary>What a person says.</summary>
/// <param name="Sender">What they call themselves; their principal's id when null.</param>
/// <param name="ClientMsgId">By which a repeat is known.</param>
/// <param name="Via">The connection that it came over.</param>
sealed record Saying(string? Text, string? Sender, string? ClientMsgId, string? Via);
