namespace AgentOrchestrator.Runner.Processes;

/// <summary>One output pipe of a program, which ends with the program even when a stranger still holds it open.</summary>
/// <param name="stream">The pipe.</param>
/// <param name="ended">Cancelled when the program and all that it started are gone.</param>
sealed class ChildOutput(Stream stream, CancellationToken ended)
{
    // The most that a pipe can still hold of a program that is gone; whatever comes beyond it was written by somebody else.
    const int PipeBytes = 1024 * 1024;
    static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);
    long _readAfterEnd;

    /// <returns>How many bytes were read; 0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var hook = ended.Register(() => silence.CancelAfter(s_silence));
        try
        {
            var read = await stream.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
            _readAfterEnd += ended.IsCancellationRequested ? read : 0;
            return _readAfterEnd > PipeBytes ? 0 : read;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return 0;
        }
    }
}
