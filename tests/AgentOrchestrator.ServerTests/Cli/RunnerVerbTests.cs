using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Cli;

public sealed class RunnerVerbTests
{
    [Fact]
    public async Task A_runner_of_its_own_executes_what_is_started()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);

        await using var runner = ao.Start(["ao", "runner", "--name", "side", "--tags", "a,b", "--json"]);
        var greeting = await ao.OutputAsync("ao start one -p hello --agent hello");
        var doctor = JsonElement.Parse(await ao.OutputAsync("ao doctor --json"));

        Assert.NotEqual("", greeting.Trim());
        Assert.True(doctor.GetProperty("ok").GetBoolean());
        await runner.SignalAsync("INT");
        var end = await runner.EndAsync();
        Assert.Equal(0, end.ExitCode);
        Assert.All(end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonElement.Parse(line).GetProperty("message"));
    }

    [Fact]
    public async Task Wrong_settings_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);

        Assert.Equal(2, (await ao.RunAsync("ao runner --max-concurrent 1 nobody")).ExitCode);
        Assert.Equal(1, (await ao.RunAsync("ao runner --max-concurrent none")).ExitCode);
    }
}
