using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Sqlite;
using AgentOrchestrator.Sqlite.Archives;
using AgentOrchestrator.StoreTests.Runs;

namespace AgentOrchestrator.StoreTests.Sqlite;

public sealed class DataCheckTests() : RunTest(new SqliteFixture())
{
    string Folder => ((SqliteFixture)Fixture).Folder;

    [Fact]
    public async Task Data_that_are_whole_pass_beside_the_server_and_after_it()
    {
        await FillAsync();

        Assert.Empty(DataCheck.Run(Folder).Findings);
        await Fixture.Stores.Database.DisposeAsync();
        var report = DataCheck.Run(Folder);

        Assert.Empty(report.Findings);
        Assert.True(report.Ok);
        Assert.Equal(2, report.Sessions);
    }

    [Theory]
    [InlineData("DELETE FROM events WHERE seq = 2 AND place = 1", "sequence")]
    [InlineData("UPDATE sessions SET last_seq = last_seq + 1 WHERE place = 1", "sequence")]
    [InlineData("UPDATE events SET body = X'7B' WHERE seq = 1 AND place = 1", "event")]
    [InlineData("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'e', 'f') AS BLOB) WHERE seq = 1 AND place = 1", "checksum")]
    [InlineData("UPDATE events SET recorded_at = recorded_at + 1 WHERE seq = 1 AND place = 1", "checksum")]
    [InlineData("UPDATE events SET type = 'notice' WHERE type = 'run_completed'", "run_end")]
    [InlineData("DELETE FROM callbacks", "callback")]
    [InlineData("UPDATE callbacks SET delivered_run_id = 'run_none'", "callback")]
    [InlineData("UPDATE events SET place = 99 WHERE place = 1", "orphan")]
    [InlineData("UPDATE runs SET session_id = 'ses_none' WHERE place = 1", "orphan")]
    [InlineData("DROP INDEX runs_one_live; UPDATE runs SET status = 'running', completed_at = NULL, runner_id = 'r', session_id = (SELECT session_id FROM sessions WHERE place = 1)", "live_runs")]
    public async Task What_is_wrong_is_found_and_said(string damage, string kind)
    {
        await FillAsync();
        await Fixture.Stores.Database.DisposeAsync();
        using (var connection = Connection.Open(Path.Combine(Folder, "observability.db"), OpenMode.Use))
        {
            connection.Execute(damage);
        }

        var report = DataCheck.Run(Folder);

        Assert.False(report.Ok);
        Assert.Contains(report.Findings, finding => finding.Kind == kind);
        Assert.All(report.Findings, finding => Assert.NotEmpty(finding.Remedy));
    }

    [Theory]
    [InlineData(true, "is missing")]
    [InlineData(false, "holds something else")]
    public async Task A_large_body_that_is_not_what_was_written_is_found(bool isMissing, string what)
    {
        var run = await FillAsync();
        await Sessions.AppendAsync(Org, run.SessionId, [Message(new string('x', 300_000))], null, null, Cancel);
        var file = Directory.GetFiles(Path.Combine(Folder, "blobs"), "*", SearchOption.AllDirectories).Single();
        if (isMissing)
        {
            File.Delete(file);
        }
        else
        {
            await File.AppendAllTextAsync(file, "x", Cancel);
        }

        var finding = Assert.Single(DataCheck.Run(Folder).Findings, finding => finding.Kind == "body");

        Assert.Contains(what, finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_database_is_refused()
    {
        var refusal = Assert.Throws<ProductException>(() => DataCheck.Run(Path.Combine(Folder, "none")));

        Assert.Equal(ErrorCode.NotFound, refusal.Code);
    }

    /// <summary>A parent, and a child whose end has called it back.</summary>
    async Task<Run> FillAsync()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        await EnqueueAsync(StartChild("child", "parent"));
        return await EndAsync(await TakeAsync(), Completed);
    }
}
