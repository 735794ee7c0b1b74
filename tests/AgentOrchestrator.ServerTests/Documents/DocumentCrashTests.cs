using AgentOrchestrator.Protocol;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Documents;

/// <summary>A server that ends in the middle of a write: its next life has the old content or the new one, whole, and nothing besides.</summary>
public sealed class DocumentCrashTests
{
    [Theory]
    [InlineData(CrashPoint.ServerWritten)]
    [InlineData(CrashPoint.ServerCommitted)]
    public async Task A_crash_leaves_the_old_content_or_the_new_one_and_no_file_besides(string place)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var server = new ServerProcess("--no-runner");
        var crashes = Directory.CreateDirectory(Path.Combine(server.Folder, "crashes")).FullName;
        server.Environment[CrashPoint.Variable] = crashes;
        await server.StartAsync(cancel);
        var (old, fresh) = (new string('a', 300_000), new string('b', 300_001));
        var id = (await server.Client.PushAsync(System.Text.Encoding.UTF8.GetBytes(old), "x.txt")).Text("id");

        await File.WriteAllTextAsync(Path.Combine(crashes, place), "", cancel);
        var acknowledged = await TryWriteAsync(server, id, fresh);
        await server.KillAsync();
        await server.StartAsync(cancel);

        var document = await server.Client.GetJsonAsync($"/documents/{id}/metadata");
        var content = await server.Client.GetStringAsync(new Uri($"/documents/{id}", UriKind.Relative), cancel);
        Assert.True(content == fresh || (content == old && !acknowledged));
        Assert.Equal($"{content.Length}", document.Text("size_bytes"));
        Assert.Equal(int.Parse(document.Text("version"), null), Directory.EnumerateFiles(Path.Combine(server.DataFolder, "documents"), "*", SearchOption.AllDirectories).Count());
    }

    /// <summary>What the server does by itself may come to the place first; then it ends before it is asked, or in the middle.</summary>
    static async Task<bool> TryWriteAsync(ServerProcess server, string id, string content)
    {
        try
        {
            await server.Client.PutAsync(id, content, expected: 200);
            return true;
        }
        catch (Exception cut) when (cut is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
