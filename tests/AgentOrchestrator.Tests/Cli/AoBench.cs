using System.Text;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Client.Transport;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>The program inside the test, with a server of canned answers around it.</summary>
sealed class AoBench
{
    readonly StringBuilder _out = new();
    readonly StringBuilder _error = new();

    public CannedServer Server { get; } = new();

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>What is piped in; a terminal when null.</summary>
    public string? Input { get; set; }

    public bool IsTerminal { get; set; }

    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Run(string commandLine) => Run([.. commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    public int Run(params string[] words) => Ao.Run(words[0], words[1..], new Host
    {
        Terminal = new Terminal
        {
            Out = new StringWriter(_out) { NewLine = "\n" },
            Error = new StringWriter(_error) { NewLine = "\n" },
            OpenInput = () => new StringReader(Input ?? ""),
            IsOutTerminal = IsTerminal,
            IsErrorTerminal = IsTerminal,
            IsInputTerminal = Input is null,
            WantsColor = false,
        },
        Environment = name => Environment.GetValueOrDefault(name),
        Connect = () => new OrchestratorClient(new ServerAddress("http://127.0.0.1:8765", "secret", TokenSource.Environment), Server),
        ConnectToDocuments = () => new OrchestratorClient(new ServerAddress("http://127.0.0.1:8766", "secret", TokenSource.Environment), Server),
        Time = new FixedTime(Now),
    });

    sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>Answers by method and path, and remembers what it was asked.</summary>
sealed class CannedServer : ITransport
{
    readonly Dictionary<string, Reply> _answers = [];
    readonly Queue<string> _streams = new();

    public List<Request> Requests { get; } = [];

    public Request Last => Requests[^1];

    public string LastJson => Encoding.UTF8.GetString(Last.Json ?? []);

    public CannedServer On(string methodAndPath, string json, int status = 200)
    {
        _answers[methodAndPath] = new Reply(status, Encoding.UTF8.GetBytes(json));
        return this;
    }

    /// <summary>The text of the next feed that is opened.</summary>
    public CannedServer Feed(string frames)
    {
        _streams.Enqueue(frames);
        return this;
    }

    public Task<Reply> SendAsync(Request request, CancellationToken cancel)
    {
        Requests.Add(request);
        return Task.FromResult(
            _answers.GetValueOrDefault($"{request.Method} {request.Path}")
            ?? new Reply(404, """{"detail":"Not Found","code":"not_found"}"""u8.ToArray()));
    }

    public Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel)
    {
        Requests.Add(request);
        return _streams.TryDequeue(out var frames)
            ? Task.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(frames)))
            : throw new InvalidOperationException($"no feed is left for {request.Path}");
    }

    public Task<Reply> UploadAsync(Request request, Stream body, string mediaType, CancellationToken cancel) => SendAsync(request, cancel);

    public void Dispose()
    {
    }
}
