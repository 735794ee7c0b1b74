using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Skills;
using Xunit;

namespace AgentOrchestrator.Tests.Skills;

public sealed class SkillRunnerTests
{
    static readonly SkillView s_skill = new()
    {
        Name = "notes",
        Description = "Finds a note and shows it",
        InputSchema = JsonElement.Parse("""{"type":"object","properties":{"what":{"type":"string"}},"required":["what"]}"""),
        Version = 3,
        Steps =
        [
            new() { Name = "find", ServerName = "notes", ToolName = "search", Arguments = JsonElement.Parse("""{"query":"{{input.what}}"}""") },
            new() { Name = "show", ToolName = "read", Arguments = JsonElement.Parse("""{"id":"{{find.0.id}}"}""") },
        ],
    };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_has_what_earlier_ones_brought_and_the_last_one_is_the_output()
    {
        var tools = new Tools("""[{"id":7}]""", "\"found\"");

        var done = await RunAsync("""{"what":"milk"}""", tools);

        Assert.Equal(["notes search {\"query\":\"milk\"}", " read {\"id\":7}"], tools.Calls);
        Assert.Equal(("completed", "found", 3, null), (done.Status, done.Output?.GetString(), done.Version, done.Error));
        Assert.Equal([("find", "success"), ("show", "success")], done.StepResults.Select(step => (step.StepName, step.Status)));
    }

    [Fact]
    public async Task The_first_error_ends_it()
    {
        var tools = new Tools("!no such place", "\"found\"");

        var done = await RunAsync("""{"what":"milk"}""", tools);

        Assert.Single(tools.Calls);
        Assert.Equal(("failed", "find: no such place"), (done.Status, done.Error));
        Assert.Equal("error", Assert.Single(done.StepResults).Status);
    }

    [Fact]
    public async Task A_reference_to_nothing_is_an_error_of_its_step_and_calls_nothing()
    {
        var tools = new Tools("[]", "\"found\"");

        var done = await RunAsync("""{"what":"milk"}""", tools);

        Assert.Single(tools.Calls);
        Assert.Equal("show: {{find.0.id}} leads to nothing: there is no '0'", done.Error);
    }

    [Fact]
    public async Task An_input_that_does_not_fit_makes_no_step()
    {
        var tools = new Tools();

        var refusal = await Assert.ThrowsAsync<ProductException>(() => RunAsync("""{"what":1}""", tools));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Empty(tools.Calls);
    }

    [Fact]
    public async Task A_skill_that_takes_too_long_is_ended()
    {
        var runner = new SkillRunner(new CoordinatorOptions { SkillTimeout = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

        var done = await runner.RunAsync(s_skill, "ada", JsonElement.Parse("""{"what":"milk"}"""), new Endless(), Cancel);

        Assert.StartsWith("find: the skill took longer than 0 seconds", done.Error, StringComparison.Ordinal);
    }

    static Task<SkillExecution> RunAsync(string input, ISkillTools tools) =>
        new SkillRunner(new CoordinatorOptions(), TimeProvider.System).RunAsync(s_skill, "ada", JsonElement.Parse(input), tools, Cancel);

    /// <param name="answers">JSON, or <c>!</c> and an error.</param>
    sealed class Tools(params string[] answers) : ISkillTools
    {
        public List<string> Calls { get; } = [];

        public Task<SkillToolAnswer> CallAsync(string? server, string tool, JsonElement arguments, CancellationToken cancel)
        {
            var answer = answers[Calls.Count];
            Calls.Add($"{server} {tool} {arguments.GetRawText()}");
            return Task.FromResult(answer[0] == '!' ? new SkillToolAnswer(null, answer[1..]) : new SkillToolAnswer(JsonElement.Parse(answer), null));
        }
    }

    sealed class Endless : ISkillTools
    {
        public async Task<SkillToolAnswer> CallAsync(string? server, string tool, JsonElement arguments, CancellationToken cancel)
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return null!;
        }
    }
}
