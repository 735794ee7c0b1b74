using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>An agent as its folder has it.</summary>
/// <param name="File">The definition file as read, for the members that are not ours; null where it cannot be read.</param>
sealed record AgentFolder(AgentView Agent, AgentFile? File, FolderStamp Stamp)
{
    static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the folder; what is wrong with it becomes the agent's state and error.</summary>
    public static AgentFolder Read(string path, int maxBytes)
    {
        var stamp = FolderStamp.Of(path);
        var status = stamp.IsDisabled ? AgentStatuses.Inactive : AgentStatuses.Active;
        var outline = new AgentView
        {
            Name = Path.GetFileName(path),
            Description = "",
            Status = status,
            State = AgentStates.Of(status),
            CreatedAt = WireTime.Truncate(new DateTimeOffset(Directory.GetCreationTimeUtc(path), TimeSpan.Zero)),
            ModifiedAt = WireTime.Truncate(new DateTimeOffset(stamp.Newest, TimeSpan.Zero)),
        };
        try
        {
            using var folder = new FolderReader(path);
            var (agent, definition) = Parse(outline, file => folder.Read(file, maxBytes));
            return new AgentFolder(agent, definition, stamp);
        }
        catch (ProductException unusable)
        {
            return new AgentFolder(Failed(outline, unusable.Message), null, stamp);
        }
    }

    public static AgentView Failed(AgentView agent, string error) => agent with { State = AgentStates.Failed, Error = error };

    /// <param name="outline">What does not come from the files.</param>
    /// <param name="read">The content of a file; null when there is none.</param>
    /// <exception cref="ProductException">The files do not make an agent; says what is wrong with which.</exception>
    public static (AgentView Agent, AgentFile Definition) Parse(AgentView outline, Func<string, byte[]?> read)
    {
        var json = read(AgentFiles.Definition)
            ?? throw new ProductException(
                ErrorCode.Conflict, $"{AgentFiles.Definition} is missing; write one with a description, or delete the folder.");
        var file = Parse(json, AgentFiles.Definition, AgentFileJson.Default.AgentFile);
        if (file.Name is { } name && name != outline.Name)
        {
            throw new ProductException(ErrorCode.Conflict, $"{AgentFiles.Definition} has another name than its folder; make them equal.");
        }

        var servers = read(AgentFiles.Servers) is { } mcp
            ? Parse(mcp, AgentFiles.Servers, AgentFileJson.Default.AgentMcpFile).McpServers
            : null;
        var agent = outline with
        {
            Description = file.Description ?? "",
            SystemPrompt = read(AgentFiles.Prompt) is { Length: > 0 } prompt ? Text(prompt) : null,
            McpServers = servers is { Count: > 0 } ? servers : null,
            Skills = file.Skills,
            Tags = file.Tags ?? [],
            Demands = file.Demands is { IsEmpty: false } ? file.Demands : null,
            Executor = file.Executor,
            Model = file.Model,
            Provider = file.Provider,
            PermissionMode = file.PermissionMode,
            AllowedTools = file.AllowedTools,
            DisallowedTools = file.DisallowedTools,
            MaxTurns = file.MaxTurns,
            MaxTokens = file.MaxTokens,
            MaxBudgetUsd = file.MaxBudgetUsd,
            Priority = file.Priority is 0 ? null : file.Priority,
            Timeout = file.Timeout,
            MaxConcurrent = file.MaxConcurrent,
            MaxMemoryMb = file.MaxMemoryMb,
            MaxProcesses = file.MaxProcesses,
            Retry = file.Retry is { IsEmpty: false } ? file.Retry : null,
            UseMemory = file.UseMemory is true ? true : null,
            Env = file.Env,
            Script = file.Script is { ValueKind: JsonValueKind.Null } ? null : file.Script,
            Command = file.Command,
            InputSchema = file.InputSchema is { ValueKind: JsonValueKind.Null } ? null : file.InputSchema,
            OutputSchema = file.OutputSchema is { ValueKind: JsonValueKind.Null } ? null : file.OutputSchema,
            TimeoutSeconds = file.TimeoutSeconds,
        };
        AgentRules.Require(agent);
        return (AgentEdits.Normal(agent), file);
    }

    static T Parse<T>(byte[] json, string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(WithoutByteOrderMark(json), type)
                ?? throw new ProductException(ErrorCode.Conflict, $"{file} holds null; it must be a JSON object.");
        }
        catch (JsonException wrong)
        {
            var path = wrong.Path is { Length: > 1 } at ? $" at {at}" : "";
            throw new ProductException(
                ErrorCode.Conflict, $"{file} is not as it must be: line {wrong.LineNumber + 1}{path}. {Reason(wrong)}", inner: wrong);
        }
    }

    // The framework appends where it happened, which is said already.
    static string Reason(JsonException wrong)
    {
        var end = wrong.Message.IndexOf(" Path:", StringComparison.Ordinal);
        return end < 0 ? wrong.Message : wrong.Message[..end];
    }

    static string Text(byte[] utf8)
    {
        try
        {
            return s_strictUtf8.GetString(WithoutByteOrderMark(utf8));
        }
        catch (DecoderFallbackException wrong)
        {
            throw new ProductException(ErrorCode.Conflict, $"{AgentFiles.Prompt} is not UTF-8; save it as UTF-8.", inner: wrong);
        }
    }

    static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[3..] : utf8;
}
