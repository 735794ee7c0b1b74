using System.Formats.Tar;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AgentOrchestrator.Server.Archives;

/// <summary>Writes the data, the large bodies and the agents' folder as a tar file.</summary>
sealed class Backup(IArchiveStore archives, ServerOptions options, TimeProvider time) : IDisposable
{
    public const string MediaType = "application/x-tar";
    public const string Agents = "agents";
    const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly SemaphoreSlim _turn = new(1, 1);

    /// <exception cref="ProductException">Conflict while another is made; what the store says of its copy.</exception>
    public async Task WriteAsync(HttpResponse response, CancellationToken cancel)
    {
        if (!_turn.Wait(0, CancellationToken.None))
        {
            throw new ProductException(ErrorCode.Conflict, "A backup is being made just now; wait for its end");
        }

        try
        {
            var now = WireTime.Truncate(time.GetUtcNow());
            await using var copy = await archives.CopyAsync(TemporaryFiles.PathOf(options), cancel);
            response.HttpContext.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
            response.ContentType = MediaType;
            response.Headers.ContentDisposition = $"attachment; filename=\"backup-{now:yyyyMMdd-HHmmss}.tar\"";
            await WriteAsync(response.Body, copy, now, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task WriteAsync(Stream body, DataCopy copy, DateTimeOffset now, CancellationToken cancel)
    {
        await using var tar = new TarWriter(body, TarEntryFormat.Pax, leaveOpen: true);
        var files = 0L;
        foreach (var file in copy.Files)
        {
            await using var content = File.OpenRead(file.Path);
            await AddAsync(file.Name, content);
        }

        foreach (var path in AgentFiles())
        {
            // Small, and replaced whole: what one read gives is one version of it.
            if (await ReadAsync(path, cancel) is { } content)
            {
                await AddAsync($"{Agents}/{Path.GetRelativePath(options.AgentsDir, path).Replace('\\', '/')}", new MemoryStream(content));
            }
        }

        var manifest = new BackupManifest(BackupManifest.CurrentVersion, ServerProgram.Version, now, files);
        await AddAsync(BackupManifest.FileName, new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, ProtocolJson.Default.BackupManifest)));

        async Task AddAsync(string name, Stream content)
        {
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Mode, ModificationTime = now }, cancel);
            files++;
        }
    }

    /// <summary>Links are left out: what they name is not of this server.</summary>
    IEnumerable<string> AgentFiles() => Directory.Exists(options.AgentsDir)
        ? Directory.EnumerateFiles(options.AgentsDir, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device,
        })
        : [];

    /// <returns>Null for a file that was removed since it was listed.</returns>
    static async Task<byte[]?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Dispose() => _turn.Dispose();
}
