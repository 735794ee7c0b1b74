using System.Text;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>Skills that are folders with a <c>SKILL.md</c>, written for models: known by name and description, read when they are used.</summary>
/// <param name="root">Where the folders are; it need not exist.</param>
public sealed class SkillFolders(string root, CoordinatorOptions options)
{
    /// <summary>The file that every such folder has.</summary>
    public const string Main = "SKILL.md";

    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>By name; of one that cannot be used, why.</summary>
    public IReadOnlyList<SkillFolderView> List() => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)!).Where(Names.IsValid).Order(StringComparer.Ordinal).Take(options.MaxSkills).Select(View)]
        : [];

    /// <summary>The folder of that name, if there is one.</summary>
    public SkillFolderView? Find(string name) => Names.IsValid(name) && Directory.Exists(Path.Combine(root, name)) ? View(name) : null;

    /// <summary>A file of a skill as text; <c>SKILL.md</c> without its front matter when null.</summary>
    /// <param name="file">A path inside the folder, with <c>/</c>.</param>
    /// <exception cref="ProductException">NotFound; Invalid for a path that leaves the folder; Conflict for what is no text.</exception>
    public string Read(string name, string? file)
    {
        if (Find(name) is null) { throw new ProductException(ErrorCode.NotFound, $"Skill not found: {name[..Math.Min(name.Length, Names.MaxLength)]}"); }

        var text = ReadText(name, file ?? Main) ?? throw new ProductException(ErrorCode.NotFound, $"The skill '{name}' has no file '{file ?? Main}'");
        return file is null ? FrontMatter.Read(text).Body : text;
    }

    SkillFolderView View(string name)
    {
        try
        {
            var head = FrontMatter.Read(ReadText(name, Main) ?? throw new ProductException(ErrorCode.Conflict, $"there is no {Main}"));
            return head.Name == name
                ? new SkillFolderView(name, head.Description, null)
                : throw new ProductException(ErrorCode.Conflict, $"the name in {Main} must be that of its folder, '{name}'");
        }
        catch (ProductException fault)
        {
            return new SkillFolderView(name, "", fault.Message);
        }
    }

    string? ReadText(string name, string file)
    {
        var parts = file.Split('/');
        if (parts.Any(part => part is "" or "." or ".." || part.AsSpan().ContainsAny("\\:\0")))
        {
            throw new ProductException(ErrorCode.Invalid, "file must be a path inside the skill's folder, such as examples/first.md");
        }

        var folder = Path.Combine([root, name]);
        foreach (var part in parts[..^1])
        {
            RequireReal(folder);
            folder = Path.Combine(folder, part);
        }

        if (!Directory.Exists(folder)) { return null; }

        using var reader = new FolderReader(folder);
        return reader.Read(parts[^1], options.MaxSkillLength) is { } bytes ? Decode(bytes, file) : null;
    }

    // The last one is checked by its reader.
    static void RequireReal(string folder)
    {
        if (FolderReader.IsLink(new DirectoryInfo(folder))) { throw new ProductException(ErrorCode.Conflict, "A folder of the skill is a symbolic link; replace it by a real folder."); }
    }

    static string Decode(byte[] bytes, string file)
    {
        try
        {
            return s_strict.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException binary)
        {
            throw new ProductException(ErrorCode.Conflict, $"{file} is no text", inner: binary);
        }
    }
}
