using System.Threading.Channels;

namespace AgentOrchestrator.Coordinator;

/// <summary>Lets so many callers act at once; the others wait in the order of their arrival.</summary>
public sealed class Turnstile(int most)
{
    // A bounded channel is a semaphore that holds nothing to dispose of.
    readonly Channel<bool> _inside = Channel.CreateBounded<bool>(most);

    public async Task<T> PassAsync<T>(Func<Task<T>> act, CancellationToken cancel)
    {
        await _inside.Writer.WriteAsync(true, cancel).ConfigureAwait(false);
        try
        {
            return await act().ConfigureAwait(false);
        }
        finally
        {
            _inside.Reader.TryRead(out _);
        }
    }
}
