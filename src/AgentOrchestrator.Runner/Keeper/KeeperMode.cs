using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>A program as keeper: what its first statement asks for, before anything else of it is loaded.</summary>
public static class KeeperMode
{
    /// <summary>The first argument of a program that is to be a keeper. A constant, so that asking for it loads nothing.</summary>
    public const string Word = "__keeper";

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>The command that makes a keeper of this program; null when it never said <see cref="Offer"/>.</summary>
    public static IReadOnlyList<string>? Command { get; private set; }

    /// <summary>To be said before it starts a runner by a program whose entry point heeds <see cref="Word"/>.</summary>
    public static void Offer()
    {
        var self = Environment.ProcessPath!;
        Command = Path.GetFileNameWithoutExtension(self) is "dotnet" ? [self, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [self];
    }

    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        var folder = args[1];
        InheritedSignals.Heed();
        try
        {
            return RunAsync(folder, TimeSpan.FromSeconds(double.Parse(args[2], CultureInfo.InvariantCulture)), Enum.Parse<ContainerKind>(args[3]))
                .GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            // Nobody reads a keeper's stderr once it has started; the runner sees it go and ends what it held.
            File.WriteAllText(Path.Combine(folder, "keeper.fault"), e.ToString());
            throw;
        }
    }

    /// <summary>Not longer than the kernel takes; its version is in the name, so that no other is understood.</summary>
    internal static string SocketOf(string folder) => Path.Combine(folder, "keeper-2.sock");

    internal static IReadOnlyList<string> Arguments(string folder, TimeSpan orphanGrace, ContainerKind containment) =>
        [Word, folder, orphanGrace.TotalSeconds.ToString(CultureInfo.InvariantCulture), containment.ToString()];

    static async Task<int> RunAsync(string folder, TimeSpan orphanGrace, ContainerKind atMost)
    {
        using var alone = await LockAsync(Path.Combine(folder, "keeper.lock")).ConfigureAwait(false);
        var server = new KeeperServer(await Containment.FindAsync(atMost).ConfigureAwait(false), orphanGrace);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Leave(signal, server));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Leave(signal, server));
        using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
        var path = SocketOf(folder);
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
        await server.RunAsync(listener).ConfigureAwait(false);
        return 0;
    }

    static void Leave(PosixSignalContext signal, KeeperServer server)
    {
        signal.Cancel = true;
        server.Leave();
    }

    /// <summary>One keeper a folder; a leaving one is waited for.</summary>
    static async Task<FileStream> LockAsync(string file)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
            }
        }
    }
}
