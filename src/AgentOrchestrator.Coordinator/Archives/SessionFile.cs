using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;

namespace AgentOrchestrator.Coordinator.Archives;

/// <summary>An exported session, line by line.</summary>
static class SessionFile
{
    /// <exception cref="ProductException">Invalid, with the number of the line, for one that is no line of ours; TooLarge.</exception>
    public static async IAsyncEnumerable<(int Number, SessionLine Line)> ReadAsync(
        Stream file, int maxLineBytes, [EnumeratorCancellation] CancellationToken cancel)
    {
        file.Position = 0;
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        for (var number = 1; await ReadLineAsync(reader, maxLineBytes, number, cancel).ConfigureAwait(false) is { } line; number++)
        {
            yield return (number, Parse(line, number));
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }

    public static ProductException Wrong(int number, string what, Exception? inner = null) =>
        new(ErrorCode.Invalid, $"line {number}: {what}", inner: inner);

    /// <summary>Null at the end.</summary>
    static async ValueTask<byte[]?> ReadLineAsync(PipeReader reader, int maxLineBytes, int number, CancellationToken cancel)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancel).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            if (result.IsCompleted)
            {
                var rest = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return rest.Length == 0 ? null : rest;
            }

            if (buffer.Length > maxLineBytes)
            {
                throw new ProductException(ErrorCode.TooLarge, $"line {number}: it is longer than {maxLineBytes} bytes");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    static SessionLine Parse(byte[] line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, CompactJson.Default.SessionLine)
                ?? throw Wrong(number, "null is no line of an exported session");
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw Wrong(number, $"this is no line of an exported session ({wrong.Message})", wrong);
        }
    }
}
