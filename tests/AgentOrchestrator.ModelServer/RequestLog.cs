using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

/// <summary>Every request in the order of arrival, and a way to wait for one.</summary>
sealed class RequestLog
{
    readonly Lock _lock = new();
    readonly List<RecordedRequest> _requests = [];
    TaskCompletionSource _arrived = NewSource();

    public IReadOnlyList<RecordedRequest> All
    {
        get { lock (_lock) { return [.. _requests]; } }
    }

    public async Task<RecordedRequest> AddAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        var recorded = new RecordedRequest(
            request.Method,
            request.Path,
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            ParseObject(text));
        TaskCompletionSource arrived;
        lock (_lock)
        {
            _requests.Add(recorded);
            (arrived, _arrived) = (_arrived, NewSource());
        }

        arrived.SetResult();
        return recorded;
    }

    public async Task<RecordedRequest> WaitAsync(Func<RecordedRequest, bool> wanted, CancellationToken cancel)
    {
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_requests.FirstOrDefault(wanted) is { } found) { return found; }
                next = _arrived.Task;
            }

            await next.WaitAsync(cancel);
        }
    }

    static JsonObject? ParseObject(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // The endpoint answers 400; the log keeps that something came.
            return null;
        }
    }

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
