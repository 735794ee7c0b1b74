using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Text;
using AgentOrchestrator.Server.Archives;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Archives;

public sealed class BackupTests(ITestOutputHelper output) : IDisposable
{
    const int Backups = 3;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-backup-");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Tar => Path.Combine(_folder.FullName, "b.tar");

    string Target => Path.Combine(_folder.FullName, "restored");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Backups_under_load_hold_all_that_was_acknowledged_before_and_pass_the_checks()
    {
        await using var server = await TestServer.StartAsync();
        var acknowledged = new ConcurrentDictionary<string, int>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var clients = Enumerable.Range(0, 4).Select(n => Task.Run(() => AppendAsync(server.Client, n, acknowledged, over.Token), Cancel)).ToArray();
        var kept = 0;
        for (var n = 0; n < Backups; n++)
        {
            var more = acknowledged.Values.Sum() + 40;
            await Eventually.TrueAsync(
                () => clients.Any(client => client.IsFaulted) || acknowledged.Values.Sum() >= more, "clients append", TimeSpan.FromSeconds(60), Cancel);
            var before = acknowledged.ToDictionary();

            await SaveAsync(server.Client);
            var (exitCode, text) = Restore();

            Assert.True(exitCode == 0, text);
            Assert.Contains("are whole", text, StringComparison.Ordinal);
            kept += await RequireAsync(before);
            Directory.Delete(Target, recursive: true);
        }

        await over.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"{Backups} backups under load, {kept} acknowledged events looked for, 0 missing");
    }

    [Fact]
    public async Task What_ao_saves_becomes_a_server_with_its_agents_bodies_and_runs()
    {
        await using var source = await AoServer.StartAsync();
        await source.FinishedSessionAsync("one", "the answer");
        await source.FinishedSessionAsync("large", new string('x', 300_000));
        await source.Ao.OutputAsync("ao start busy -p hello --detach");
        await source.BeginRunAsync();
        await source.Ao.OutputAsync("ao start queued -p hello --detach");
        Directory.CreateDirectory(Path.Combine(source.Server.AgentsDir, "mine"));
        await File.WriteAllTextAsync(Path.Combine(source.Server.AgentsDir, "mine", "agent.json"), """{"name":"mine","executor":"chat"}""", Cancel);
        File.CreateSymbolicLink(Path.Combine(source.Server.AgentsDir, "elsewhere"), "/etc/passwd");

        Assert.Contains($"Saved to {Tar}", await source.Ao.OutputAsync($"ao backup {Tar}"), StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Tar) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Contains("is there already", (await source.Ao.RunAsync($"ao backup {Tar}")).Error, StringComparison.Ordinal);
        var restored = await source.Ao.OutputAsync($"ao restore {Tar} --data {Target}");

        Assert.Contains("✓ 4 sessions", restored, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Target, "agents", "mine", "agent.json")));
        Assert.False(Path.Exists(Path.Combine(Target, "agents", "elsewhere")));
        Assert.Empty(Directory.GetFiles(Path.Combine(source.Server.DataDir, "tmp")));
        await using var copy = await TestServer.StartAsync(options => options with { DataDir = Target, AgentsDir = Path.Combine(Target, "agents") });
        var ao = new AoProgram(copy.Url, copy.Folder);
        Assert.Equal("the answer\n", await ao.OutputAsync("ao result one"));
        Assert.Equal(300_001, (await ao.OutputAsync("ao result large")).Length);
        Assert.Equal("pending\n", await ao.OutputAsync("ao status queued"));
        Assert.Contains("mine", await ao.OutputAsync("ao agents --all"), StringComparison.Ordinal);

        var live = await ao.RunAsync($"ao restore {Tar} --data {Target}");
        Assert.Equal((1, true), (live.ExitCode, live.Error.Contains("is not empty", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bodies_stay_while_a_copy_refers_to_them_and_go_after_it()
    {
        await using var server = await TestServer.StartAsync();
        await PostAsync(server.Client, "kept", new string('x', 300_000));
        var archives = server.Host.Services.GetRequiredService<Coordinator.Archives.IArchiveStore>();
        var copy = await archives.CopyAsync(Path.Combine(_folder.FullName, "copy.db"), Cancel);

        (await server.Client.DeleteAsync("/sessions/kept", Cancel)).EnsureSuccessStatusCode();

        Assert.Equal(2, copy.Files.Count);
        Assert.All(copy.Files, file => Assert.True(File.Exists(file.Path)));
        await copy.DisposeAsync();
        Assert.All(copy.Files, file => Assert.False(File.Exists(file.Path)));
    }

    public static TheoryData<string, TarEntryType, string> Hostile => new()
    {
        { "../outside", TarEntryType.RegularFile, "is no file of a data folder" },
        { "/etc/ao-outside", TarEntryType.RegularFile, "is no file of a data folder" },
        { "agents/../../outside", TarEntryType.RegularFile, "is no file of a data folder" },
        { "agents//x", TarEntryType.RegularFile, "is no file of a data folder" },
        { "server.lock", TarEntryType.RegularFile, "is no file of a data folder" },
        { "blobs/ab/cd", TarEntryType.RegularFile, "is no file of a data folder" },
        { "observability.db", TarEntryType.RegularFile, "is in it twice" },
        { "agents/link", TarEntryType.SymbolicLink, "is no file (SymbolicLink)" },
        { "agents/hard", TarEntryType.HardLink, "is no file (HardLink)" },
        { "agents/folder", TarEntryType.Directory, "is no file (Directory)" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_file_that_would_leave_the_folder_or_is_no_file_leaves_nothing(string name, TarEntryType type, string why)
    {
        await using (var tar = new TarWriter(File.Create(Tar)))
        {
            await tar.WriteEntryAsync(EntryOf("observability.db", TarEntryType.RegularFile), Cancel);
            await tar.WriteEntryAsync(EntryOf(name, type), Cancel);
        }

        RequireRefused(why);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "outside")));
    }

    [Fact]
    public async Task A_file_that_was_cut_anywhere_or_is_another_leaves_nothing()
    {
        await using (var server = await TestServer.StartAsync())
        {
            await PostAsync(server.Client, "one", "hello");
            await SaveAsync(server.Client);
        }

        var whole = await File.ReadAllBytesAsync(Tar, Cancel);
        for (var length = 0; length < whole.Length - 1_024; length += Math.Max(512, whole.Length / 40 / 512 * 512))
        {
            await File.WriteAllBytesAsync(Tar, whole[..length], Cancel);
            RequireRefused("");
        }

        await File.WriteAllTextAsync(Tar, new string('x', 10_000), Cancel);
        RequireRefused("");
    }

    [Fact]
    public async Task A_copy_that_lost_a_body_is_restored_and_said_to_be_wrong()
    {
        await using (var server = await TestServer.StartAsync())
        {
            await PostAsync(server.Client, "one", new string('x', 300_000));
            var blob = Directory.GetFiles(Path.Combine(server.DataDir, "blobs"), "*", SearchOption.AllDirectories).Single();
            await File.WriteAllTextAsync(blob, "changed", Cancel);
            await SaveAsync(server.Client);
        }

        var (exitCode, text) = Restore();

        Assert.Equal(1, exitCode);
        Assert.Contains("✗ body", text, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Target, "observability.db")));
    }

    void RequireRefused(string why)
    {
        var refusal = Assert.Throws<Protocol.ProductException>(() => Restore());
        Assert.Equal(Protocol.ErrorCode.NotPossible, refusal.Code);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Equal([Tar], Directory.GetFileSystemEntries(_folder.FullName));
    }

    (int ExitCode, string Text) Restore()
    {
        using var text = new StringWriter();
        var exitCode = RestoreProgram.Run([Tar, "--data", Target], text);
        return (exitCode, text.ToString());
    }

    async Task SaveAsync(HttpClient http)
    {
        await using var backup = await http.GetStreamAsync("/backup", Cancel);
        await using var file = File.Create(Tar);
        await backup.CopyToAsync(file, Cancel);
    }

    /// <summary>Every event that was acknowledged before the backup is in what was restored, in one dense log.</summary>
    async Task<int> RequireAsync(Dictionary<string, int> before)
    {
        var count = 0;
        await using var copy = await TestServer.StartAsync(options => options with { DataDir = Target });
        foreach (var (session, acknowledged) in before)
        {
            var seen = 0L;
            while (await copy.Client.GetJsonAsync($"/sessions/{session}/events?after={seen}&limit=500") is var page
                && page.GetProperty("events").GetArrayLength() > 0)
            {
                foreach (var entry in page.GetProperty("events").EnumerateArray())
                {
                    Assert.Equal(++seen, entry.GetProperty("seq").GetInt64());
                    Assert.Equal($"{seen}", entry.GetProperty("timestamp").GetString());
                }
            }

            Assert.InRange(seen, acknowledged, long.MaxValue);
            count += acknowledged;
        }

        return count;
    }

    /// <summary>One client, one log: the event n says n. Some are large, and some sessions with large events go again.</summary>
    static async Task AppendAsync(HttpClient http, int client, ConcurrentDictionary<string, int> acknowledged, CancellationToken over)
    {
        try
        {
            for (var n = 1; ; n++)
            {
                await PostAsync(http, $"s{client}", n % 20 == 0 ? $"{client} {n} " + new string('x', 280_000) : "small", $"{n}", over);
                acknowledged[$"s{client}"] = n;
                if (n % 20 == 10)
                {
                    await PostAsync(http, $"gone{client}", $"{client} {n} " + new string('y', 280_000), "t", over);
                    (await http.DeleteAsync($"/sessions/gone{client}", over)).EnsureSuccessStatusCode();
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The test has seen enough.
        }
    }

    static async Task PostAsync(HttpClient http, string session, string text, string timestamp = "t", CancellationToken? over = null)
    {
        if (timestamp is "1" or "t")
        {
            using var create = new StringContent($$"""{"session_id":"{{session}}","session_name":"{{session}}"}""", Encoding.UTF8, "application/json");
            (await http.PostAsync("/sessions", create, over ?? Cancel)).EnsureSuccessStatusCode();
        }

        var body = $$"""{"event_type":"message","session_id":"{{session}}","timestamp":"{{timestamp}}","role":"user","content":[{"type":"text","text":"{{text}}"}]}""";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync($"/sessions/{session}/events", content, over ?? Cancel);
        answer.EnsureSuccessStatusCode();
    }

    static PaxTarEntry EntryOf(string name, TarEntryType type)
    {
        var entry = new PaxTarEntry(type, name);
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
        {
            entry.LinkName = "observability.db";
        }
        else if (type is TarEntryType.RegularFile)
        {
            entry.DataStream = new MemoryStream("x"u8.ToArray());
        }

        return entry;
    }
}
