using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Outbound;

namespace AgentOrchestrator.Server.Skills;

/// <summary>A service that runs skills in place of this server: <c>POST {SKILLS_URL}/api/v1/skills/{id}/execute</c>. A call is never made twice.</summary>
sealed class RemoteSkills(ServerOptions options, CoordinatorOptions bounds, OutboundClient client)
{
    const int MaxWords = 500;
    const int MaxId = 200;

    static readonly JsonDocumentOptions s_reading = new() { AllowDuplicateProperties = false, MaxDepth = 24 };

    public bool IsUsed => options.SkillsUrl is not null;

    /// <exception cref="ProductException">NotFound and Invalid as the service says; Unavailable when it is away or talks nonsense.</exception>
    public async Task<SkillExecution> ExecuteAsync(Principal caller, AgentView agent, string name, long? version, JsonElement? input, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(name)) { Content = Body(caller, version, input) };
        var answer = await SendAsync(request, cancel);
        return answer.Status switch
        {
            404 => throw new ProductException(ErrorCode.NotFound, $"Skill not found: {name}"),
            400 or 422 => throw new ProductException(ErrorCode.Invalid, WordsOf(answer)),
            _ => Read(answer, agent, name, input) ?? throw new ProductException(ErrorCode.Unavailable, $"the skills service answered {answer.Status}: {WordsOf(answer)}"),
        };
    }

    static StringContent Body(Principal caller, long? version, JsonElement? input)
    {
        var body = new JsonObject
        {
            ["orgId"] = caller.Org,
            ["triggeredBy"] = caller.RunId ?? caller.Id,
            ["triggerType"] = caller.RunId is null ? "user" : "agent",
            ["input"] = JsonNode.Parse(input?.GetRawText() ?? "{}"),
        };
        if (version is { } number) { body["versionId"] = $"{number}"; }
        return new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
    }

    // A skill that failed is answered with 500 and its row.
    static SkillExecution? Read(OutboundAnswer answer, AgentView agent, string name, JsonElement? input)
    {
        if (Parse(answer) is not { ValueKind: JsonValueKind.Object } row || Text(row, "status") is not (SkillExecution.Completed or SkillExecution.Failed)) { return null; }

        var steps = row.TryGetProperty("stepResults", out var all) && all.ValueKind == JsonValueKind.Array ? [.. all.EnumerateArray().Select(StepOf)] : Array.Empty<SkillStepResult>();
        var status = Text(row, "status")!;
        return new SkillExecution
        {
            ExecutionId = Text(row, "id") is { Length: > 0 and <= MaxId } id ? id : Ids.New("exec_", 12),
            Skill = name,
            AgentName = agent.Name,
            Status = status,
            Input = input,
            Output = Member(row, "output"),
            Error = status == SkillExecution.Completed ? null : steps.LastOrDefault(step => step.Error is not null) is { } failed ? $"{failed.StepName}: {failed.Error}" : "it failed",
            StepResults = steps,
            DurationMs = Number(row, "durationMs"),
        };
    }

    static SkillStepResult StepOf(JsonElement step) => new()
    {
        StepName = Text(step, "stepName") ?? "",
        Status = Text(step, "status") ?? SkillStepResult.Failed,
        Output = Member(step, "output"),
        Error = Text(step, "error"),
        DurationMs = Number(step, "durationMs"),
    };

    static JsonElement? Parse(OutboundAnswer answer)
    {
        try
        {
            return JsonElement.Parse(answer.Body.Span, s_reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string WordsOf(OutboundAnswer answer)
    {
        var words = Parse(answer) is { ValueKind: JsonValueKind.Object } said && Text(said, "error") is { } error ? error : Encoding.UTF8.GetString(answer.Body.Span);
        return words.Length <= MaxWords ? words : words[..MaxWords] + "…";
    }

    static JsonElement? Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    static string? Text(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    static long Number(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    Uri AddressOf(string name) => new($"{options.SkillsUrl!.AbsoluteUri.TrimEnd('/')}/api/v1/skills/{Uri.EscapeDataString(name)}/execute");

    async Task<OutboundAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await client.SendAsync(request, bounds.SkillTimeout, cancel);
        }
        catch (ToolException away)
        {
            throw new ProductException(ErrorCode.Unavailable, $"the skills service: {away.Message}", inner: away);
        }
    }
}
