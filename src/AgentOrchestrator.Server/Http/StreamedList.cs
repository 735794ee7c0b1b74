using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentOrchestrator.Server.Http;

/// <summary>A JSON array, in an object of its own, that is written as it is read: the same memory for ten entries and for a million.</summary>
/// <param name="Member">The name of the array; null for the array alone, without an object around it.</param>
/// <param name="Tail">Writes the members behind the array, once its items are known.</param>
sealed record StreamedList<T>(
    string? Member, IAsyncEnumerable<T> Items, JsonTypeInfo<T> Shape, Action<Utf8JsonWriter>? Tail = null) : IResult
{
    const int FlushBytes = 32 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancel = httpContext.RequestAborted;
        await using var items = Items.GetAsyncEnumerator(cancel);
        // The first item before the first byte, so that a store that cannot serve still gives a problem.
        var hasItem = await items.MoveNextAsync();

        httpContext.Response.ContentType = "application/json";
        var body = httpContext.Response.BodyWriter;
        await using var writer = new Utf8JsonWriter(body, JsonBytes.Readable);
        Begin(writer);
        while (hasItem)
        {
            JsonSerializer.Serialize(writer, items.Current, Shape);
            if (writer.BytesPending + body.UnflushedBytes >= FlushBytes)
            {
                writer.Flush();
                await body.FlushAsync(cancel);
            }

            hasItem = await items.MoveNextAsync();
        }

        End(writer);
        writer.Flush();
        await body.FlushAsync(cancel);
    }

    void Begin(Utf8JsonWriter writer)
    {
        if (Member is null)
        {
            writer.WriteStartArray();
            return;
        }

        writer.WriteStartObject();
        writer.WriteStartArray(Member);
    }

    void End(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        if (Member is not null)
        {
            Tail?.Invoke(writer);
            writer.WriteEndObject();
        }
    }
}
