using System.Diagnostics;
using System.Text.Json;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.BuiltIn.Files;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.BuiltIn;

/// <summary>Files of one folder, and of no other.</summary>
public sealed class FileToolsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _work;

    public FileToolsTests() => _work = _folder.Make("work");

    public static TheoryData<string> Escapes =>
    [
        "../secret.txt", "notes/../../secret.txt", "/etc/passwd", "//etc/passwd", "notes\\..\\..\\secret.txt", "..", "notes/..", "notes//a.txt", "notes/./a.txt",
        "a\0b", "a\nb", "link.txt", "linked/secret.txt", "notes/deep/link/secret.txt", "linked", "pipe", new string('x', 300), string.Concat(Enumerable.Repeat("d/", 3_000)) + "x",
    ];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_written_read_listed_and_found()
    {
        Assert.Equal("Wrote 12 bytes to notes/deep/a.txt.", await CallAsync(FileTools.Write, """{"path":"notes/deep/a.txt","content":"milk\nБeer\n\n"}"""));
        await CallAsync(FileTools.Write, """{"path":"b.txt","content":"no"}""");
        await CallAsync(FileTools.Write, """{"path":"b.txt","content":"More MILK"}""");

        Assert.Equal("milk\nБeer\n\n", await CallAsync(FileTools.Read, """{"path":"notes/deep/a.txt"}"""));
        Assert.Equal("Бeer\n\n", await CallAsync(FileTools.Read, """{"path":"notes/deep/a.txt","from_line":2}"""));
        Assert.Equal("b.txt (9 bytes)\nnotes/", await CallAsync(FileTools.List, "{}"));
        Assert.Equal("a.txt (12 bytes)", await CallAsync(FileTools.List, """{"path":"notes/deep/"}"""));
        Assert.Equal("b.txt:1: More MILK\nnotes/deep/a.txt:1: milk", await CallAsync(FileTools.Search, """{"text":"milk"}"""));
        Assert.Equal("notes/deep/a.txt:2: Бeer", await CallAsync(FileTools.Search, """{"text":"бEER","path":"notes"}"""));
        Assert.Equal("Nothing was found.", await CallAsync(FileTools.Search, """{"text":"wine"}"""));
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task Nothing_leads_out_of_the_folder(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the links and the pipe are made as on Unix");
        _folder.Write("SECRET", "secret.txt");
        _folder.Write("a", "work", "notes", "deep", "a.txt");
        File.CreateSymbolicLink(_folder.In("work", "link.txt"), _folder.In("secret.txt"));
        Directory.CreateSymbolicLink(_folder.In("work", "linked"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.In("work", "notes", "deep", "link"), _folder.Path);
        using (var pipe = Process.Start("mkfifo", [_folder.In("work", "pipe")])) { await pipe.WaitForExitAsync(Cancel); }
        var before = Names();
        var json = JsonSerializer.Serialize(path);

        foreach (var (tool, arguments) in ((string, string)[])
        [
            (FileTools.Read, $$"""{"path":{{json}}}"""), (FileTools.List, $$"""{"path":{{json}}}"""),
            (FileTools.Search, $$"""{"path":{{json}},"text":"SECRET"}"""), (FileTools.Write, $$"""{"path":{{json}},"content":"x"}"""),
        ])
        {
            var refusal = await Assert.ThrowsAsync<ToolException>(() => CallAsync(tool, arguments));
            Assert.DoesNotContain("SECRET", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Names());
        Assert.Equal("SECRET", await File.ReadAllTextAsync(_folder.In("secret.txt"), Cancel));
        Assert.Equal("Nothing was found.", await CallAsync(FileTools.Search, """{"text":"SECRET"}"""));

        string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.TopDirectoryOnly)
            .Concat(Directory.EnumerateFileSystemEntries(_work, "*", SearchOption.TopDirectoryOnly)).Order()];
    }

    [Fact]
    public async Task A_folder_that_is_swapped_for_a_link_at_any_instant_leads_nowhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there a path is checked before it is used");
        _folder.Write("SECRET", "outside", "a.txt");
        _folder.Write("plain", "work", "notes", "a.txt");
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(_folder.In("work", "notes"), _folder.In("work", "kept"));
                Directory.CreateSymbolicLink(_folder.In("work", "notes"), _folder.In("outside"));
                File.Delete(_folder.In("work", "notes"));
                Directory.Move(_folder.In("work", "kept"), _folder.In("work", "notes"));
            }
        }, Cancel);

        for (var i = 0; i < 1_000; i++)
        {
            try
            {
                Assert.Equal("plain", await CallAsync(FileTools.Read, """{"path":"notes/a.txt"}"""));
            }
            catch (ToolException)
            {
                // It was away, or a link.
            }

            Assert.DoesNotContain("SECRET", await CallAsync(FileTools.Search, """{"text":"SECRET"}"""), StringComparison.Ordinal);
        }

        await stop.CancelAsync();
        await swapping;
    }

    [Fact]
    public async Task A_hard_link_is_replaced_and_not_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the link is made as on Unix");
        _folder.Write("SECRET", "secret.txt");
        using (var link = Process.Start("ln", [_folder.In("secret.txt"), _folder.In("work", "hard.txt")])) { await link.WaitForExitAsync(Cancel); }

        await CallAsync(FileTools.Write, """{"path":"hard.txt","content":"mine"}""");

        Assert.Equal(("SECRET", "mine"), (File.ReadAllText(_folder.In("secret.txt")), File.ReadAllText(_folder.In("work", "hard.txt"))));
    }

    [Fact]
    public async Task What_is_too_large_or_no_text_is_told_in_words()
    {
        var limits = new FileToolLimits { MaxFileBytes = 100, MaxReadLength = 12, MaxWriteBytes = 10, MaxEntries = 2, MaxMatches = 1 };
        _folder.Write(new string('x', 101), "work", "large.txt");
        _folder.Write("12345\n67890\nabcde\n", "work", "lines.txt");
        _folder.Write("\0", "work", "sub", "binary");

        Assert.Equal("'large.txt' has 101 bytes; 100 are the most.", (await RefusalAsync(FileTools.Read, """{"path":"large.txt"}""")).Message);
        Assert.Equal("'sub/binary' is no text: 1 bytes.", (await RefusalAsync(FileTools.Read, """{"path":"sub/binary"}""")).Message);
        Assert.Equal("'content' has 11 bytes; 10 are the most.", (await RefusalAsync(FileTools.Write, """{"path":"w","content":"12345678901"}""")).Message);
        Assert.Equal("'.git/hooks/x' is part of a repository's own files, which are not written.", (await RefusalAsync(FileTools.Write, """{"path":".git/hooks/x","content":"1"}""")).Message);
        Assert.Equal("There is no 'gone.txt'.", (await RefusalAsync(FileTools.Read, """{"path":"gone.txt"}""")).Message);
        Assert.Equal("'lines.txt' has 4 lines.", (await RefusalAsync(FileTools.Read, """{"path":"lines.txt","from_line":9}""")).Message);
        Assert.Equal("file_read: 'path' is required.", (await RefusalAsync(FileTools.Read, "{}")).Message);
        Assert.Equal("12345\n67890\n[cut: 2 more lines, from 3]", await CallAsync(FileTools.Read, """{"path":"lines.txt"}""", limits));
        Assert.Equal("large.txt (101 bytes)\nlines.txt (18 bytes)\n[more than 2 entries]", await CallAsync(FileTools.List, "{}", limits));
        Assert.StartsWith("lines.txt:1: 12345\n[cut: there is more", await CallAsync(FileTools.Search, """{"text":"5"}""", limits with { MaxMatches = 1, MaxSearched = (2, 1_000) }), StringComparison.Ordinal);

        Task<ToolException> RefusalAsync(string tool, string arguments) => Assert.ThrowsAsync<ToolException>(() => CallAsync(tool, arguments, limits));
    }

    async Task<string?> CallAsync(string name, string arguments, FileToolLimits? limits = null)
    {
        var tool = FileTools.In(_work, limits).Single(tool => tool.Name == name);
        var given = JsonElement.Parse(arguments).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value);
        return (await tool.InvokeAsync(new AIFunctionArguments(given), Cancel))?.ToString();
    }
}
