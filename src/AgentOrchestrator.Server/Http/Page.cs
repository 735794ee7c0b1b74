using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Server.Http;

/// <summary>A list that is whole without <c>limit</c>, and with it a page whose <c>next_cursor</c> leads to the next.</summary>
/// <param name="limit">How many the page holds. The source is asked for one more, to know whether there is a next page.</param>
sealed class Page<T>(int? limit, Func<T, PageKey> keyOf)
{
    PageKey? _next;

    public int? SourceLimit => limit + 1;

    public IResult ToResult<TView>(string member, IAsyncEnumerable<T> source, Func<T, TView> view, JsonTypeInfo<TView> shape) =>
        new StreamedList<TView>(member, CutAsync(source, view), shape, WriteCursor);

    async IAsyncEnumerable<TView> CutAsync<TView>(
        IAsyncEnumerable<T> source, Func<T, TView> view, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var count = 0;
        PageKey? last = null;
        await foreach (var item in source.WithCancellation(cancel))
        {
            if (count == limit)
            {
                _next = last;
                yield break;
            }

            count++;
            last = keyOf(item);
            yield return view(item);
        }
    }

    void WriteCursor(Utf8JsonWriter writer) => writer.WriteString("next_cursor", _next?.ToCursor());
}
