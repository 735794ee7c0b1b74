using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>What Ctrl-C leads to while a run is waited for: the run goes on unless the person says otherwise.</summary>
static class Detach
{
    public static async Task<int> AskAsync(Invocation call, RunCreated created)
    {
        var terminal = call.Terminal;
        terminal.Error.WriteLine();
        if (terminal is { IsInputTerminal: true, IsErrorTerminal: true } && await WantsStopAsync(call, created.SessionName))
        {
            var answer = await call.Client.Runs.StopAsync(created.RunId);
            terminal.Error.WriteLine($"'{created.SessionName}' is {answer.Status}.");
            return Ao.ExitInterrupted;
        }

        terminal.Error.WriteLine($"'{created.SessionName}' goes on. Watch it: ao watch {created.SessionName}");
        terminal.Error.WriteLine($"Stop it: ao stop {created.SessionName}");
        return Ao.ExitInterrupted;
    }

    static async Task<bool> WantsStopAsync(Invocation call, string session)
    {
        call.Terminal.Error.Write($"Stop '{session}'? [y/N] ");
        using var input = call.Terminal.OpenInput();
        return await input.ReadLineAsync() is { } answer && answer.Trim().StartsWith('y');
    }
}
