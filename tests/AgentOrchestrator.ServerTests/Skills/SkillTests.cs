using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Skills;

public sealed class SkillTests
{
    const string Definition = """
        {
          "description": "Finds a note and shows it",
          "input_schema": {"type":"object","properties":{"what":{"type":"string"}},"required":["what"]},
          "steps": [
            {"name":"find","server_name":"notes","tool_name":"search","arguments":{"query":"{{input.what}}"}},
            {"name":"show","tool_name":"read","arguments":{"id":"{{find.0.id}}"},"description":"the first one"}
          ]
        }
        """;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_skill_is_kept_in_versions_over_the_command_line()
    {
        await using var server = await AoServer.StartAsync();
        var file = Path.Combine(server.Server.Folder, "skill.json");
        await File.WriteAllTextAsync(file, Definition, Cancel);
        Assert.Equal("No skills found\n", await server.Ao.OutputAsync("ao skills"));

        Assert.Equal("Saved 'notes', version 1\n", await server.Ao.OutputAsync($"ao skills save notes {file}"));
        await File.WriteAllTextAsync(file, await server.Ao.OutputAsync("ao skills show notes --json"), Cancel);
        Assert.Equal("Saved 'notes', version 1\n", await server.Ao.OutputAsync($"ao skills save notes {file}"));
        await File.WriteAllTextAsync(file, Definition.Replace("Finds", "Seeks", StringComparison.Ordinal), Cancel);
        Assert.Equal("Saved 'notes', version 2\n", await server.Ao.OutputAsync($"ao skills save Notes {file}"));

        Assert.Contains("Seeks a note", await server.Ao.OutputAsync("ao skills"), StringComparison.Ordinal);
        Assert.Equal(
            "notes, version 1: Finds a note and shows it\n  find: notes search\n  show: read  the first one\n", await server.Ao.OutputAsync("ao skills show notes --version 1"));
        Assert.Equal("Removed 'notes'\n", await server.Ao.OutputAsync("ao skills delete notes"));
        Assert.Equal(1, (await server.Ao.RunAsync("ao skills show notes")).ExitCode);
        Assert.StartsWith("notes, version 2: ", await server.Ao.OutputAsync("ao skills show notes --version 2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"steps":[{"name":"a","tool_name":"x"}]}""", "description must not be empty")]
    [InlineData("""{"description":"d"}""", "steps must be 1 to 50")]
    [InlineData("""{"description":"d","steps":[null]}""", "steps: name must be 1 to 60 letters")]
    [InlineData("""{"description":"d","steps":[{"name":"a b","tool_name":"x"}]}""", "steps: name must be 1 to 60 letters")]
    [InlineData("""{"description":"d","steps":[{"name":"input","tool_name":"x"}]}""", "the name 'input' is taken")]
    [InlineData("""{"description":"d","steps":[{"name":"a","tool_name":"x"},{"name":"a","tool_name":"x"}]}""", "the name 'a' is taken")]
    [InlineData("""{"description":"d","steps":[{"name":"a"}]}""", "steps.a: tool_name must be")]
    [InlineData("""{"description":"d","steps":[{"name":"a","tool_name":"x","arguments":[1]}]}""", "steps.a: arguments must be an object")]
    [InlineData("""{"description":"d","steps":[{"name":"a","tool_name":"x","arguments":{"q":["{{b.x}}"]}},{"name":"b","tool_name":"x"}]}""", "{{b…}} names neither")]
    [InlineData("""{"description":"d","input_schema":{"type":"nothing"},"steps":[{"name":"a","tool_name":"x"}]}""", "type")]
    public async Task What_is_no_skill_is_refused_in_words(string definition, string words)
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await server.Client.CallAsync(HttpMethod.Put, "/skills/wrong", definition, expected: 422);

        Assert.Contains(words, refusal.Text("detail"), StringComparison.Ordinal);
    }
}
