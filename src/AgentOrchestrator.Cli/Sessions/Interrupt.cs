using System.Runtime.InteropServices;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>Ctrl-C, as a token: the first one is a wish to stop waiting, the second ends the program as always.</summary>
sealed class Interrupt : IDisposable
{
    readonly CancellationTokenSource _source = new();
    readonly PosixSignalRegistration[] _registrations;

    /// <param name="also">Further signals that mean the same.</param>
    public Interrupt(params ReadOnlySpan<PosixSignal> also) => _registrations =
        [.. ((PosixSignal[])[PosixSignal.SIGINT, .. also]).Select(each => PosixSignalRegistration.Create(each, signal =>
        {
            signal.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        }))];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }
}
