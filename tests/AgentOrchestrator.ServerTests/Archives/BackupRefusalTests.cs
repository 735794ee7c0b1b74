using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Archives;

/// <summary>A backup that cannot be made or put back is refused, and leaves nothing behind.</summary>
public sealed class BackupRefusalTests : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-backup-");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Tar => Path.Combine(_folder.FullName, "b.tar");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_data_folder_without_space_for_the_copy_is_507()
    {
        await using var server = await TestServer.StartAsync(
            options => options with { Coordinator = options.Coordinator with { BackupFreeBytes = 1L << 60 } });
        var ao = new AoProgram(server.Url, server.Folder);

        var problem = await server.Client.GetJsonAsync("/backup", 507);
        var refused = await ao.RunAsync($"ao backup {Tar}");

        Assert.Equal("storage_full", problem.Text("code"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("MiB free in the data folder", refused.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
        Assert.Empty(Directory.GetFiles(Path.Combine(server.DataDir, "tmp")));
    }

    [Fact]
    public async Task A_second_backup_at_the_same_time_is_409()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        await FillAsync(server.Client, megabytes: 24);
        // Nobody reads it, so that it lasts: there is more of it than connections hold.
        var first = await server.Client.GetAsync("/backup", HttpCompletionOption.ResponseHeadersRead, Cancel);

        var problem = await server.Client.GetJsonAsync("/backup", 409);
        var refused = await ao.RunAsync($"ao backup {Tar}");

        Assert.Equal("conflict", problem.Text("code"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("A backup is being made just now", refused.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
        first.Dispose();
        await Eventually.TrueAsync(async () => (await ao.RunAsync($"ao backup {Tar}")).ExitCode == 0, "the first one has ended", s_limit, Cancel);
    }

    [Fact]
    public async Task A_target_that_is_full_gets_no_file()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        await FillAsync(server.Client, megabytes: 4);
        var whole = Path.Combine(_folder.FullName, "whole.tar");
        await ao.OutputAsync($"ao backup {whole}");
        var disk = Path.Combine(_folder.FullName, "disk");
        using (SmallDisk.Mount(disk, megabytes: 2))
        {
            var refused = await ao.RunAsync($"ao backup {Path.Combine(disk, "b.tar")}");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("cannot be written", refused.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(disk));

            refused = await ao.RunAsync($"ao restore {whole} --data {Path.Combine(disk, "data")}");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("Nothing was restored", refused.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(disk));
        }
    }

    [Fact]
    public async Task A_target_that_holds_something_stays_as_it_is()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        await ao.OutputAsync($"ao backup {Tar}");
        var whole = await File.ReadAllBytesAsync(Tar, Cancel);
        var target = _folder.CreateSubdirectory("target");
        await File.WriteAllTextAsync(Path.Combine(target.FullName, "mine"), "mine", Cancel);

        var saved = await ao.RunAsync($"ao backup {Tar}");
        var restored = await ao.RunAsync($"ao restore {Tar} --data {target.FullName}");

        Assert.Equal((1, 1), (saved.ExitCode, restored.ExitCode));
        Assert.Contains("is there already", saved.Error, StringComparison.Ordinal);
        Assert.Contains("is not empty", restored.Error, StringComparison.Ordinal);
        Assert.Equal(whole, await File.ReadAllBytesAsync(Tar, Cancel));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(target.FullName, "mine"), Cancel));
        Assert.Equal(["b.tar", "target"], _folder.GetFileSystemInfos().Select(file => file.Name).Order());
    }

    static async Task FillAsync(HttpClient http, int megabytes)
    {
        await http.PostJsonAsync("/sessions", new { session_id = "one", session_name = "one" });
        for (var n = 0; n < megabytes; n++)
        {
            await http.PostJsonAsync("/sessions/one/events", new { event_type = "notice", reason = $"{n}" + new string('x', 1_000_000) });
        }
    }
}
