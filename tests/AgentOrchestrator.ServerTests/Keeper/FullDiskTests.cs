using System.Diagnostics;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>A runner whose state folder is on a disk that becomes full.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task Without_room_for_its_journal_a_runner_claims_nothing_and_with_room_it_goes_on()
    {
        await using var disk = SmallDisk.Mount(megabytes: 160);
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_STATE_DIR", disk.Folder));
        var running = await bench.StartAsync("count 100");

        disk.Fill();
        bench.Program.OpenGate();
        var end = await bench.Runs.WaitForEndAsync(running.RunId);
        Assert.True(end.Status is RunStatus.Completed || end is { Status: RunStatus.Failed, Reason: not null, Error: not null }, $"{end.Status} {end.Reason}");
        await RunClient.WaitAsync(() => bench.RunnerSays("no run is claimed"), "the runner's word about its full disk");
        var waits = await bench.Runs.StartAsync("done");
        Assert.Equal(RunStatus.Pending, (await bench.Runs.FindAsync(waits.RunId)).Status);

        disk.Free();
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync(waits.RunId)).Status);
        Assert.Empty(bench.Program.Survivors());
    }

    sealed class SmallDisk : IAsyncDisposable
    {
        SmallDisk(string folder) => Folder = folder;

        public string Folder { get; }

        public static SmallDisk Mount(int megabytes)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small disk is mounted by root on Linux only");
            var folder = Directory.CreateTempSubdirectory("ao-disk-").FullName;
            if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", folder) != 0)
            {
                Directory.Delete(folder);
                Assert.Skip("this host mounts no tmpfs");
            }

            return new SmallDisk(folder);
        }

        public void Fill()
        {
            using var file = File.Create(Path.Combine(Folder, "ballast"));
            var block = new byte[64 * 1024];
            try
            {
                while (true)
                {
                    file.Write(block);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Free() => File.Delete(Path.Combine(Folder, "ballast"));

        public async ValueTask DisposeAsync()
        {
            await RunClient.WaitAsync(() => Run("umount", Folder) == 0, "the end of everything on the small disk");
            Directory.Delete(Folder);
        }

        static int Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
