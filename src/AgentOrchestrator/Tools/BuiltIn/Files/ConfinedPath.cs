namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>A path that a model names: below a folder, whatever it says.</summary>
static class ConfinedPath
{
    const int MaxLength = 4_096;

    const string Words = "must be a path inside the working folder, such as notes/first.md: no leading '/', no '..', no '\\'";

    /// <summary>Its parts; none for the folder itself.</summary>
    /// <exception cref="ToolException">It is none; says what it must be.</exception>
    public static string[] Read(string path)
    {
        var parts = path is "" or "." ? [] : path.TrimEnd('/').Split('/');
        return path.Length <= MaxLength && parts.All(IsPlain) ? parts : throw new ToolException($"'path' {Words}.");
    }

    static bool IsPlain(string part) =>
        part is not ("" or "." or "..") && !part.Any(c => char.IsControl(c) || c == '\\' || (c == ':' && OperatingSystem.IsWindows()));
}
