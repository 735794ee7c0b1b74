using System.Text.Json;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Cli.Skills;

static class SkillVerbs
{
    static readonly Positional s_name = new("NAME", "The skill");
    static readonly Positional s_file = new("FILE", "Its definition as JSON, such as 'ao skills show --json' prints");
    static readonly Flag s_version = new("--version", "As it was in that version; the newest when left out", "N");

    static readonly Flag s_agent = new("--agent", "Whose tools it is run with; inside a run, its own agent's when left out", "NAME");
    static readonly Flag s_input = new("--input", "What the skill takes, as JSON", "JSON");

    public static readonly Verb List = new("skills", "List the skills", ListAsync);

    public static readonly Verb Show = new("skills show", "Show a skill step by step", ShowAsync) { Positionals = [s_name], Flags = [s_version] };

    public static readonly Verb Save = new("skills save", "Keep a skill from a file", SaveAsync)
    {
        Positionals = [s_name, s_file],
        Remarks = "A definition that differs from the newest one becomes the next version; earlier versions stay as they are.",
    };

    public static readonly Verb Delete = new("skills delete", "Remove a skill", DeleteAsync) { Positionals = [s_name] };

    public static readonly Verb Run = new("skills run", "Run a skill with the tools of an agent", RunAsync)
    {
        Positionals = [s_name],
        Flags = [s_agent, s_input, s_version],
        Remarks = "Prints the output of the last step. The first step that fails ends it, and the command with 1.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var done = await call.Client.Skills.ExecuteAsync(call.Arguments.Value(s_name), new ExecuteSkill
        {
            AgentName = call.Arguments.Value(s_agent),
            Version = call.Arguments.Number(s_version, least: 1),
            Input = ParseInput(call.Arguments.Value(s_input)),
        });
        if (call.WantsJson)
        {
            call.WriteJson(done, ProtocolJson.Default.SkillExecution);
        }
        else if (done.Status == SkillExecution.Completed)
        {
            call.Terminal.WriteForeign(done.Output is { ValueKind: JsonValueKind.String } text ? text.GetString()! : done.Output?.GetRawText() ?? "");
        }
        else
        {
            throw new ProductException(ErrorCode.NotPossible, done.Error ?? "It failed");
        }

        return done.Status == SkillExecution.Completed ? Ao.ExitOk : Ao.ExitFailed;
    }

    static readonly Positional s_path = new("FILE", "A file of the skill; SKILL.md when left out", IsOptional: true);

    public static readonly Verb Read = new("skills read", "Print what a model reads of a skill that is a folder", ReadAsync) { Positionals = [s_name, s_path] };

    static async Task<int> ReadAsync(Invocation call)
    {
        var text = await call.Client.Skills.ReadAsync(call.Arguments.Value(s_name), call.Arguments.Find(s_path));
        if (call.WantsJson)
        {
            call.WriteJson(text, ProtocolJson.Default.SkillText);
        }
        else
        {
            call.Terminal.WriteForeign(text.Text);
        }

        return Ao.ExitOk;
    }

    static async Task<int> ListAsync(Invocation call)
    {
        var list = await call.Client.Skills.ListAsync();
        if (call.WantsJson)
        {
            call.WriteJson(list, ProtocolJson.Default.SkillList);
        }
        else if (list.Skills.Count + list.Folders.Count == 0)
        {
            call.Terminal.Out.WriteLine("No skills found");
        }
        else
        {
            Table.Write(call.Terminal, ["NAME", "VERSION", "STEPS", "DESCRIPTION"], [.. list.Skills.Select(Row), .. list.Folders.Select(Row)]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> ShowAsync(Invocation call)
    {
        var skill = await call.Client.Skills.GetAsync(call.Arguments.Value(s_name), call.Arguments.Number(s_version, least: 1));
        if (call.WantsJson)
        {
            call.WriteJson(skill, ProtocolJson.Default.SkillView);
            return Ao.ExitOk;
        }

        call.Terminal.WriteForeign($"{skill.Name}, version {skill.Version}: {skill.Description}");
        foreach (var step in skill.Steps) { call.Terminal.WriteForeign($"  {step.Name}: {ToolOf(step)}{(step.Description is null ? "" : $"  {step.Description}")}"); }
        return Ao.ExitOk;
    }

    static async Task<int> SaveAsync(Invocation call)
    {
        var skill = await call.Client.Skills.SaveAsync(call.Arguments.Value(s_name), await ReadAsync(call.Arguments.Value(s_file)));
        if (call.WantsJson)
        {
            call.WriteJson(skill, ProtocolJson.Default.SkillView);
        }
        else
        {
            call.Terminal.WriteForeign($"Saved '{skill.Name}', version {skill.Version}");
        }

        return Ao.ExitOk;
    }

    static async Task<int> DeleteAsync(Invocation call)
    {
        var name = call.Arguments.Value(s_name);
        await call.Client.Skills.DeleteAsync(name);
        if (call.WantsJson)
        {
            call.WriteJson(Ok.Yes, ProtocolJson.Default.Ok);
        }
        else
        {
            call.Terminal.WriteForeign($"Removed '{name}'");
        }

        return Ao.ExitOk;
    }

    static JsonElement? ParseInput(string? json)
    {
        try
        {
            return json is null ? null : JsonElement.Parse(json);
        }
        catch (JsonException error)
        {
            throw new ProductException(ErrorCode.Invalid, $"{s_input.Name} must be JSON: {error.Message}", inner: error);
        }
    }

    static async Task<WriteSkill> ReadAsync(string path)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync(file, ProtocolJson.Default.WriteSkill) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(ErrorCode.NotFound, $"'{path}' cannot be read: {error.Message}", inner: error);
        }
        catch (JsonException error)
        {
            throw new ProductException(ErrorCode.Invalid, $"'{path}' is no definition of a skill: {error.Message}", inner: error);
        }
    }

    static string ToolOf(SkillStep step) => step.ServerName is null ? step.ToolName! : $"{step.ServerName} {step.ToolName}";

    static string[] Row(SkillFolderView skill) => [skill.Name, "-", "-", skill.Error is null ? skill.Description : $"broken: {skill.Error}"];

    static string[] Row(SkillView skill) => [skill.Name, $"{skill.Version}", $"{skill.Steps.Count}", skill.Description];
}
