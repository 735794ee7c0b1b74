using System.Runtime.InteropServices;
using AgentOrchestrator.Models;
using AgentOrchestrator.Tests.Tools;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Models;

public sealed class EmbeddingModelsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Vectors_come_in_the_order_of_the_texts_written_either_way(bool asText)
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json($$"""
            {"object":"list","model":"m","data":[
            {"object":"embedding","index":1,"embedding":{{Written([0, 1], asText)}}},
            {"object":"embedding","index":0,"embedding":{{Written([0.5f, -2], asText)}}}],"usage":{"prompt_tokens":1,"total_tokens":1} }
            """));
        using var generator = Create(service);

        var vectors = await generator.GenerateAsync(["a", "b"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([[0.5f, -2f], [0f, 1f]], vectors.Select(vector => vector.Vector.ToArray()));
        Assert.Equal("/v1/embeddings", service.Requests.Single().Path);
        Assert.Equal("m", generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId);
    }

    [Theory]
    [InlineData("""{"error":{"message":"too long"}}""", 400)]
    [InlineData("[]", 200)]
    [InlineData("no", 200)]
    [InlineData("""{"data":[{"index":0,"embedding":"?"}]}""", 200)]
    public async Task What_is_no_answer_is_told_in_words(string body, int status)
    {
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(body, status));
        using var generator = Create(service);

        var failure = await Assert.ThrowsAsync<ModelException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(status is 400 ? 400 : null, failure.Status);
    }

    [Fact]
    public void Nothing_is_made_without_a_model_and_nothing_without_a_key_or_an_address()
    {
        Assert.Null(EmbeddingModels.Create(new Dictionary<string, string> { ["OPENAI_API_KEY"] = "k" }));
        var refusal = Assert.Throws<ModelException>(() => EmbeddingModels.Create(new Dictionary<string, string> { ["EMBEDDINGS_MODEL"] = "m" }));
        Assert.Contains("EMBEDDINGS_API_KEY", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ModelException>(() => EmbeddingModels.Create(new Dictionary<string, string> { ["EMBEDDINGS_MODEL"] = "m", ["EMBEDDINGS_BASE_URL"] = "nowhere" }));
    }

    static IEmbeddingGenerator<string, Embedding<float>> Create(LoopbackServer service) => EmbeddingModels.Create(new Dictionary<string, string>
    {
        ["EMBEDDINGS_MODEL"] = "m",
        ["EMBEDDINGS_BASE_URL"] = service.Address("/v1").ToString(),
        ["OPENAI_API_KEY"] = "of-another-address",
    })!;

    static string Written(float[] vector, bool asText) =>
        asText ? $"\"{Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan()))}\"" : $"[{string.Join(',', vector)}]";
}
