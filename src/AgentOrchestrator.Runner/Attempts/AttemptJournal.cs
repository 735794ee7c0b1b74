using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner.Keeper;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>What is written down, durably, before anything of a run is started.</summary>
sealed record AttemptRecord
{
    public required string RunId { get; init; }
    public required string SessionId { get; init; }
    public required long Fence { get; init; }

    /// <summary>The mark of its processes, see <see cref="Processes.ProcessMark"/>.</summary>
    public required string ProcessToken { get; init; }

    /// <summary>The run's own token; it dies with the lease.</summary>
    public required string RunToken { get; init; }
    public string? ExecutorType { get; init; }
    public string? WorkingDirectory { get; init; }

    /// <summary>The claim as it was answered, a <see cref="PollAnswer"/>: what another life of the runner needs to go on with the run.</summary>
    public JsonElement? Claim { get; init; }
}

/// <summary>The final report, as it will be sent however often.</summary>
/// <param name="Verb"><c>completed</c>, <c>failed</c> or <c>stopped</c>.</param>
sealed record AttemptEnd(string Verb, RunReport Report);

/// <summary>The folder of one attempt: what was begun, its spool, where its conversation lives, how it ended.</summary>
/// <remarks>
/// <c>attempt.json</c> before the start is reported, <c>started</c> before anything is spawned, <c>end.json</c> before the end is reported; the
/// folder goes when the server has the end. So a folder without <c>started</c> never spawned, and none is ever spawned again.
/// </remarks>
sealed class AttemptJournal
{
    readonly string _folder;

    AttemptJournal(string folder, AttemptRecord? record)
    {
        _folder = folder;
        Record = record;
    }

    /// <summary>Null when the runner died in the middle of writing it: nothing had been started.</summary>
    public AttemptRecord? Record { get; }

    /// <summary>Names the attempt to the keeper.</summary>
    public string Key => Path.GetFileName(_folder);

    public KeptFolder Kept => new(In("kept"));

    public bool HasStarted => File.Exists(In("started"));

    public string SpoolFile => In("output");

    public static AttemptJournal Create(string folder, AttemptRecord record)
    {
        WriteDurably(Path.Combine(folder, "attempt.json"), JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.AttemptRecord));
        return new AttemptJournal(folder, record);
    }

    public static AttemptJournal Open(string folder) =>
        new(folder, Read(Path.Combine(folder, "attempt.json"), JournalJson.Default.AttemptRecord));

    public void MarkStarted() => WriteDurably(In("started"), []);

    public void WriteEnd(AttemptEnd end) => WriteDurably(In("end.json"), JsonSerializer.SerializeToUtf8Bytes(end, JournalJson.Default.AttemptEnd));

    public AttemptEnd? ReadEnd() => Read(In("end.json"), JournalJson.Default.AttemptEnd);

    public void WriteBinding(string executorSessionId) => WriteDurably(In("binding"), System.Text.Encoding.UTF8.GetBytes(executorSessionId));

    public string? ReadBinding() => File.Exists(In("binding")) ? File.ReadAllText(In("binding")) : null;

    public string Scratch => In("scratch");

    /// <summary>A folder for the executor's own files.</summary>
    public string CreateScratch() => StateFolder.CreatePrivate(Scratch);

    public void Delete()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>The whole content or the old one, and on the disk when this returns. Readable by the owner alone.</summary>
    internal static void WriteDurably(string file, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var draft = file + ".draft";
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        CrashPoint.Reach(CrashPoint.RunnerFileDrafted);
        File.Move(draft, file, overwrite: true);
        DurableFolder.Flush(Path.GetDirectoryName(file)!);
    }

    static T? Read<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape)
        where T : class =>
        File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), shape) : null;

    string In(string name) => Path.Combine(_folder, name);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(AttemptRecord))]
[JsonSerializable(typeof(AttemptEnd))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyList<Dictionary<string, string>>))]
sealed partial class JournalJson : JsonSerializerContext;
