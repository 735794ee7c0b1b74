using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>
/// The server as one program sees it: a loopback address of its own for as long as it runs, with a secret in its path, so that a program that
/// knows of no token needs none and other users of the host can do nothing with the port.
/// </summary>
/// <remarks>Whatever comes goes on with the run's own token, wherever the server is; the runner's credentials are not within reach.</remarks>
sealed class Gateway : IAsyncDisposable
{
    /// <summary>Between two tries to get a port back.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    readonly HttpListener _listener;
    readonly GatewayRequests _requests;
    readonly SemaphoreSlim _room;
    readonly CancellationTokenSource _closed = new();
    readonly ConcurrentDictionary<Task, bool> _open = new();
    readonly TimeSpan _lastWords;
    readonly string _path;
    readonly Task _accepting;

    Gateway(HttpListener listener, int port, string path, RunContext run, SessionVoice session, ProgramLimits limits)
    {
        _listener = listener;
        _path = path;
        _room = new SemaphoreSlim(limits.MaxRequests);
        _lastWords = limits.LastWords;
        _requests = new GatewayRequests(run, session, limits);
        Address = $"http://127.0.0.1:{port}{_path}";
        _accepting = AcceptAsync();
    }

    /// <summary>For <c>AGENT_ORCHESTRATOR_API_URL</c>; no slash at its end.</summary>
    public string Address { get; }

    /// <summary>Opens it where an earlier life of the runner had it for this attempt, else anywhere, and writes down where.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/> when the host gives no port, or not that one.</exception>
    public static async Task<Gateway> OpenAsync(RunContext run, SessionVoice session, ProgramLimits limits)
    {
        const int Tries = 20;
        var file = Path.Combine(run.ScratchDirectory, "gateway");
        var before = File.Exists(file) ? (await File.ReadAllTextAsync(file).ConfigureAwait(false)).Split(' ') : null;
        var path = before?[1] ?? "/" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        for (var tried = 1; ; tried++)
        {
            var port = before is null ? FreePort() : int.Parse(before[0], CultureInfo.InvariantCulture);
            var listener = new HttpListener { IgnoreWriteExceptions = true };
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                await File.WriteAllTextAsync(file, $"{port} {path}").ConfigureAwait(false);
                return new Gateway(listener, port, path, run, session, limits);
            }
            catch (Exception taken) when (taken is HttpListenerException or SocketException)
            {
                // Somebody else was given the port in between.
                listener.Close();
                if (tried == Tries)
                {
                    throw new ProductException(ErrorCode.NotPossible, $"no loopback port can be listened on: {taken.Message}", inner: taken);
                }

                if (before is not null)
                {
                    await Task.Delay(s_patience).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Answers what has been asked already, within bounds, and nothing more.</summary>
    public async Task CloseAsync()
    {
        if (_closed.IsCancellationRequested) { return; }

        await Task.WhenAny(Task.WhenAll(_open.Keys), Task.Delay(_lastWords)).ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false);
        _listener.Close();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_open.Keys).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _requests.Dispose();
        _room.Dispose();
        _closed.Dispose();
    }

    async Task AcceptAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync().ConfigureAwait(false);
                await _room.WaitAsync(_closed.Token).ConfigureAwait(false);
                var handling = HandleAsync(context);
                _open[handling] = true;
                _ = handling.ContinueWith(done => _open.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or HttpListenerException or InvalidOperationException)
            {
                // Closed; or one connection that broke before it had asked anything.
            }
        }
    }

    async Task HandleAsync(HttpListenerContext context)
    {
        await Task.Yield();
        try
        {
            var asked = context.Request.RawUrl ?? "/";
            var isOurs = asked.StartsWith(_path, StringComparison.Ordinal) && asked.AsSpan(_path.Length) is [] or ['/' or '?', ..];
            await (isOurs
                ? _requests.AnswerAsync(context, asked[_path.Length..], _closed.Token)
                : GatewayAnswer.RefuseAsync(context.Response, 404, "not_found", "this address is a run's own; its path is in AGENT_ORCHESTRATOR_API_URL"))
                .ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The program has hung up, the run is over, or it asked for something that is no request: it sees a cut connection, and others go on.
            context.Response.Abort();
        }
        finally
        {
            _room.Release();
        }
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
