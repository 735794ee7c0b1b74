using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Attempts;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class StateFolderTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_runners_never_share_a_folder()
    {
        using (StateFolder.Open(_folder["state"]))
        {
            var refusal = Assert.Throws<ProductException>(() => StateFolder.Open(_folder["state"]));
            Assert.Equal(ErrorCode.Conflict, refusal.Code);
            Assert.Contains("folder of its own", refusal.Message, StringComparison.Ordinal);
        }

        StateFolder.Open(_folder["state"]).Dispose();
    }

    [Fact]
    public void A_runner_that_comes_back_is_the_same_instance()
    {
        string first;
        using (var state = StateFolder.Open(_folder["a"]))
        {
            first = state.InstanceId;
        }

        using var again = StateFolder.Open(_folder["a"]);
        using var other = StateFolder.Open(_folder["b"]);
        Assert.Equal(first, again.InstanceId);
        Assert.NotEqual(first, other.InstanceId);
    }

    [Fact]
    public void What_was_begun_is_found_again_and_only_its_owner_can_read_it()
    {
        var record = new AttemptRecord { RunId = "run_1", SessionId = "ses_1", Fence = 7, ProcessToken = "mark", RunToken = "secret" };
        using (var state = StateFolder.Open(_folder["state"]))
        {
            var journal = state.Begin(record);
            Assert.False(journal.HasStarted);
            journal.MarkStarted();
            journal.WriteBinding("conversation");
            journal.WriteEnd(new AttemptEnd("completed", new Protocol.Runners.RunReport { ResultText = "done", Fence = 7 }));
        }

        using var again = StateFolder.Open(_folder["state"]);
        var found = Assert.Single(again.Leftovers(Unexpected));
        Assert.Equal(record, found.Record);
        Assert.True(found.HasStarted);
        Assert.Equal("conversation", found.ReadBinding());
        Assert.Equal(("completed", "done"), (found.ReadEnd()!.Verb, found.ReadEnd()!.Report.ResultText));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(found.CreateScratch()));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["state/attempts/run_1-7/attempt.json"]));
        }

        found.Delete();
        Assert.Empty(again.Leftovers(Unexpected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"run_id\":")]
    [InlineData("{}")]
    public void What_cannot_be_read_is_set_aside_and_the_rest_is_found(string content)
    {
        using var state = StateFolder.Open(_folder["state"]);
        state.Begin(new AttemptRecord { RunId = "run_1", SessionId = "ses_1", Fence = 1, ProcessToken = "mark", RunToken = "secret" });
        Directory.CreateDirectory(_folder["state/attempts/run_2-1"]);
        File.WriteAllText(_folder["state/attempts/run_2-1/attempt.json"], content);
        var told = new List<string>();

        var found = state.Leftovers((folder, _) => told.Add(folder));

        Assert.Equal("run_1", Assert.Single(found).Record!.RunId);
        Assert.Equal([_folder["state/attempts/run_2-1.unreadable"]], told);
        Assert.Equal(content, File.ReadAllText(_folder["state/attempts/run_2-1.unreadable/attempt.json"]));
        Assert.Single(state.Leftovers(Unexpected));
    }

    static void Unexpected(string folder, Exception error) => Assert.Fail($"{folder}: {error}");
}
