using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>What people and agents want kept: within its bounds, and without secrets.</summary>
sealed class MemoryText(Redactor redactor, CoordinatorOptions options)
{
    const int MaxNameLength = 64;
    const int MaxMembers = 32;

    public string Require(string? text) => redactor.Redact(FreeText.Require(text, "text", options.MaxMemoryLength));

    /// <summary>Names that memories are told apart by. A secret in one would have to be cut, and two would become one: it is refused.</summary>
    public string? CheckName(string? name, string field) =>
        FreeText.Check(name, field, FreeText.MaxLabelLength) is not { } given || redactor.Redact(given) == given
            ? name
            : throw new ProductException(ErrorCode.Invalid, $"{field} must not be a key or a token");

    public MemoryScope Require(MemoryScope scope)
    {
        if (scope.AgentId is not null) { Names.Require(scope.AgentId, "agent_id"); }
        CheckName(scope.AgentId, "agent_id");
        CheckName(scope.UserId, "user_id");
        return scope;
    }

    /// <summary>Empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string>? metadata, string field)
    {
        var checkedOnes = new Dictionary<string, string>();
        foreach (var (name, value) in metadata ?? checkedOnes)
        {
            if (value is null) { throw new ProductException(ErrorCode.Invalid, $"{field}.{name} must be text"); }

            checkedOnes[redactor.Redact(FreeText.Require(name, $"a name in {field}", MaxNameLength))] = redactor.Redact(Whole(value, $"{field}.{name}"));
        }

        return checkedOnes.Count > MaxMembers || checkedOnes.Values.Sum(value => value.Length) > options.MaxMemoryLength
            ? throw new ProductException(
                ErrorCode.Invalid, $"{field} must have at most {MaxMembers} members of {options.MaxMemoryLength} characters together")
            : checkedOnes;
    }

    static string Whole(string value, string field) => value.Contains('\0', StringComparison.Ordinal)
        ? throw new ProductException(ErrorCode.Invalid, $"{field} must not contain a NUL character")
        : value;
}
