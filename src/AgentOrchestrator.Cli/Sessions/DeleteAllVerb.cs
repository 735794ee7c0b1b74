using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;

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

        var deleted = await call.Client.Sessions.DeleteAtRestAsync(sessions);
        if (call.WantsJson)
        {
            call.WriteJson(new AllDeleted(deleted.Removed, deleted.Working), CliJson.Default.AllDeleted);
        }
        else
        {
            call.Terminal.Out.WriteLine(sessions.Count == 0 ? "No sessions to remove" : $"Removed {deleted.Removed} session(s)");
        }

        return deleted.Working.Count == 0
            ? Ao.ExitOk
            : throw new ProductException(
                ErrorCode.Conflict, $"{deleted.Working.Count} session(s) are working and stay: {string.Join(", ", deleted.Working)}; stop them with 'ao stop NAME' first");
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
