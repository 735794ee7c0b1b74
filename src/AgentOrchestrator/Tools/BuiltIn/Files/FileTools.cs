using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>Tools that read, list, search and write files below one folder: no path, link, pipe or device leads out of it.</summary>
public static class FileTools
{
    public const string Read = "file_read";
    public const string List = "file_list";
    public const string Search = "file_search";
    public const string Write = "file_write";

    const string Path = """
        "path":{"type":"string","description":"inside the working folder, such as notes/first.md"}
        """;
    const string Folder = """
        "path":{"type":"string","description":"a folder inside the working folder; the working folder itself when missing"}
        """;

    /// <summary>All four, for one folder.</summary>
    /// <param name="folder">Must exist.</param>
    /// <param name="limits">How much they read and write.</param>
    public static IReadOnlyList<AIFunction> In(string folder, FileToolLimits? limits = null)
    {
        var files = new ConfinedFolder(System.IO.Path.GetFullPath(folder), limits ?? new FileToolLimits());
        return
        [
            new FileTool(
                Read, "Reads a text file of the working folder.",
                $$$"""{"type":"object","properties":{{{{Path}}},"from_line":{"type":"integer","minimum":1,"description":"the first line, from 1"}},"required":["path"]}""",
                isHarmless: true, (given, _) => files.Read(Text(given, "path"), Number(given, "from_line"))),
            new FileTool(
                List, "Lists a folder of the working folder: folders end in '/'.", $$$"""{"type":"object","properties":{{{{Folder}}}}}""",
                isHarmless: true, (given, _) => files.List(Text(given, "path"))),
            new FileTool(
                Search, "Finds lines of the working folder's text files that hold a text, whatever its case.",
                $$$"""{"type":"object","properties":{"text":{"type":"string","minLength":1},{{{Folder}}}},"required":["text"]}""",
                isHarmless: true, (given, cancel) => files.Search(Text(given, "path"), Wanted(given), cancel)),
            new FileTool(
                Write, "Writes a text file of the working folder whole, in place of what it held; folders on its way are made.",
                $$$"""{"type":"object","properties":{{{{Path}}},"content":{"type":"string"}},"required":["path","content"]}""",
                isHarmless: false, (given, _) => files.Write(Text(given, "path"), Text(given, "content"))),
        ];
    }

    static string Text(JsonObject given, string name) => given[name]?.GetValue<string>() ?? "";

    static string Wanted(JsonObject given) => Text(given, "text") is { Length: > 0 } text ? text : throw new ToolException("'text' must not be empty.");

    static int Number(JsonObject given, string name) =>
        given[name] is not { } number ? 1
        : double.TryParse(number.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= int.MaxValue ? (int)value
        : throw new ToolException($"'{name}' must be at least 1.");
}
