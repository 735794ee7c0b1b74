using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class DeleteAllVerb
{
    static readonly Flag s_yes = new("--yes", "Do not ask", Short: 'y');

    public static readonly Verb Verb = new("delete-all", "Delete every session that is not working", RunAsync)
    {
        Flags = [s_yes],
        Remarks = "Asks first when a person is there. Sessions that work stay, and the exit code is then 1: stop them first.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var sessions = (await call.Client.Sessions.ListAsync()).Sessions;
        if (sessions.Count > 0 && !await IsMeantAsync(call, sessions.Count))
        {
            call.Terminal.Error.WriteLine("Nothing was deleted.");
            return Ao.ExitFailed;
        }

        var removed = 0;
        var working = new List<string>();
        var kept = AboveWorking(sessions);
        foreach (var session in sessions)
        {
            if (kept.Contains(session.SessionId))
            {
                working.Add(session.SessionName);
                continue;
            }

            try
            {
                await call.Client.Sessions.DeleteAsync(session.SessionId);
                removed++;
            }
            catch (ProductException e) when (e.Code is ErrorCode.Conflict)
            {
                working.Add(session.SessionName);
            }
            catch (ProductException e) when (e.Code is ErrorCode.NotFound)
            {
                // Somebody else deleted it since the list was read.
            }
        }

        if (call.WantsJson)
        {
            call.WriteJson(new AllDeleted(removed, working), CliJson.Default.AllDeleted);
        }
        else
        {
            call.Terminal.Out.WriteLine(sessions.Count == 0 ? "No sessions to remove" : $"Removed {removed} session(s)");
        }

        return working.Count == 0
            ? Ao.ExitOk
            : throw new ProductException(
                ErrorCode.Conflict, $"{working.Count} session(s) are working and stay: {string.Join(", ", working)}; stop them with 'ao stop NAME' first");
    }

    /// <summary>The sessions above those that work: the end of a parent would stop its children.</summary>
    static HashSet<string> AboveWorking(IReadOnlyList<SessionView> sessions)
    {
        var byId = sessions.ToDictionary(session => session.SessionId);
        var kept = new HashSet<string>();
        foreach (var session in sessions.Where(session => session.Status is SessionStatus.Running or SessionStatus.Stopping))
        {
            var next = byId.GetValueOrDefault(session.ParentSessionId ?? "");
            while (next is not null && kept.Add(next.SessionId))
            {
                next = byId.GetValueOrDefault(next.ParentSessionId ?? "");
            }
        }

        return kept;
    }

    static async Task<bool> IsMeantAsync(Invocation call, int count)
    {
        if (call.IsSeedName || call.WantsJson || call.Arguments.Has(s_yes) || !call.Terminal.IsInputTerminal || !call.Terminal.IsErrorTerminal)
        {
            return true;
        }

        call.Terminal.Error.Write($"Delete {count} session(s) with everything in them? [y/N] ");
        using var input = call.Terminal.OpenInput();
        return await input.ReadLineAsync() is { } answer && answer.Trim().StartsWith('y');
    }
}

sealed record AllDeleted(int Removed, IReadOnlyList<string> Working);
