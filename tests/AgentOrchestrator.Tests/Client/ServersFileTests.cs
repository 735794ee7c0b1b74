using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;
using Xunit;

namespace AgentOrchestrator.Tests.Client;

public sealed class ServersFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("servers-file-").FullName;
    readonly ServersFile _file;

    public ServersFileTests() => _file = new ServersFile(Path.Combine(_folder, "deeper", "servers.json"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Keeps_one_token_for_each_server()
    {
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "first", CancellationToken.None);
        await _file.SaveAsync(new Uri("http://127.0.0.1:9000/"), "second", CancellationToken.None);

        Assert.Equal("first", _file.FindToken(new Uri("http://localhost:8765/")));
        Assert.Equal("second", _file.FindToken(new Uri("http://127.0.0.1:9000")));
        Assert.Null(_file.FindToken(new Uri("http://127.0.0.1:9001")));
    }

    [Fact]
    public async Task Forgets_a_server()
    {
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "first", CancellationToken.None);
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), null, CancellationToken.None);

        Assert.Null(_file.FindToken(new Uri("http://127.0.0.1:8765")));
    }

    [Fact]
    public async Task Is_readable_by_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
            return;
        }

        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "first", CancellationToken.None);
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "other", CancellationToken.None);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file.Path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(_file.Path)!));
    }

    [Fact]
    public async Task Writers_at_the_same_moment_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(
            port => _file.SaveAsync(new Uri($"http://127.0.0.1:{port}"), $"token {port}", CancellationToken.None)));

        Assert.All(Enumerable.Range(1, 20), port => Assert.Equal($"token {port}", _file.FindToken(new Uri($"http://127.0.0.1:{port}"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"servers\":")]
    [InlineData("{\"servers\":{\"http://127.0.0.1:8765\":{}}}")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"servers\":{\"http://127.0.0.1:8765\":{\"token\":1}}}")]
    public async Task A_broken_file_says_what_to_do(string content)
    {
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "first", CancellationToken.None);
        await File.WriteAllTextAsync(_file.Path, content);

        var problem = Assert.Throws<ProductException>(() => _file.FindToken(new Uri("http://127.0.0.1:8765")));
        Assert.Equal(ErrorCode.Malformed, problem.Code);
        Assert.Contains("repair or delete it", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_names_server_and_token()
    {
        await _file.SaveAsync(new Uri("http://127.0.0.1:8765"), "kept", CancellationToken.None);

        Assert.Equal(
            new ServerAddress("http://127.0.0.1:8765", "kept", TokenSource.File), ServerAddress.Find(_ => null, _file));
        Assert.Equal(
            new ServerAddress("http://one:1", "given", TokenSource.Environment),
            Find(("AGENT_ORCHESTRATOR_API_URL", "http://one:1"), ("ORCHESTRATOR_URL", "http://two:2"), ("AGENT_ORCHESTRATOR_TOKEN", "given")));
        Assert.Equal(
            new ServerAddress("http://two:2", null, TokenSource.None), Find(("ORCHESTRATOR_URL", "http://two:2")));
    }

    [Theory]
    [InlineData("127.0.0.1:8765")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://user:secret@127.0.0.1")]
    public void An_address_that_is_not_a_server_is_refused(string address) =>
        Assert.Equal(
            ErrorCode.Invalid,
            Assert.Throws<ProductException>(() => Find(("AGENT_ORCHESTRATOR_API_URL", address))).Code);

    ServerAddress Find(params (string Name, string Value)[] environment) =>
        ServerAddress.Find(name => environment.FirstOrDefault(pair => pair.Name == name).Value, _file);
}
