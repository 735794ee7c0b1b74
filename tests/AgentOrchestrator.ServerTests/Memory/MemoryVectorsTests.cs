using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.ServerTests.Memory;

public sealed class MemoryVectorsTests : IDisposable
{
    readonly FakeEmbeddings _model = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task What_means_the_same_is_found_without_a_word_in_common()
    {
        await using var server = await StartAsync();
        await StoreAsync(server, "A cat sleeps on the sofa", "The car is red");
        Assert.Equal(2, await Vectors(server).RunOnceAsync(Cancel));

        var found = await server.Client.PostJsonAsync("/memories/search", new { query = "kitten", limit = 1 });

        Assert.Equal("words_and_vectors", found.Text("searched_by"));
        Assert.Equal("A cat sleeps on the sofa", found.GetProperty("results")[0].Text("text"));
        Assert.Equal(0, await Vectors(server).RunOnceAsync(Cancel));
    }

    [Fact]
    public async Task What_is_kept_for_another_is_not_found_by_its_meaning_either()
    {
        await using var server = await StartAsync();
        await server.Client.PostJsonAsync("/memories", new { text = "cat", user_id = "ann" }, expected: 201);
        await Vectors(server).RunOnceAsync(Cancel);

        Assert.Equal(0, (await server.Client.PostJsonAsync("/memories/search", new { query = "kitten" })).GetProperty("results").GetArrayLength());
        Assert.Equal(1, (await server.Client.PostJsonAsync("/memories/search", new { query = "kitten", user_id = "ann" })).GetProperty("results").GetArrayLength());
    }

    [Fact]
    public async Task Without_an_answer_of_the_model_texts_are_stored_and_found_by_their_words()
    {
        await using var server = await StartAsync();
        _model.Failure = new ModelException("away");
        await StoreAsync(server, "A cat sleeps");

        var found = await server.Client.PostJsonAsync("/memories/search", new { query = "cat" });

        Assert.Equal(("words", 1), (found.Text("searched_by"), found.GetProperty("results").GetArrayLength()));
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<ProductException>(() => Vectors(server).RunOnceAsync(Cancel))).Code);
        _model.Failure = null;
        Assert.Equal(1, await Vectors(server).RunOnceAsync(Cancel));
    }

    [Fact]
    public async Task A_text_that_the_model_refuses_holds_up_no_other()
    {
        await using var server = await StartAsync();
        _model.Refused = "bad";
        await StoreAsync(server, "A cat", "bad", "A car");

        Assert.Equal(3, await Vectors(server).RunOnceAsync(Cancel));

        Assert.Equal(0, await Vectors(server).RunOnceAsync(Cancel));
        Assert.Equal("A cat", (await server.Client.PostJsonAsync("/memories/search", new { query = "kitten" })).GetProperty("results")[0].Text("text"));
    }

    [Fact]
    public async Task Secrets_of_a_query_stay_here()
    {
        await using var server = await StartAsync();
        await server.Client.PostJsonAsync("/memories/search", new { query = "my key sk-ant-api03-" + new string('a', 64) });

        Assert.DoesNotContain("aaaa", Assert.Single(_model.Asked), StringComparison.Ordinal);
    }

    // Its loop never comes: each test makes the rounds.
    Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with
    {
        Embeddings = _model,
        Coordinator = options.Coordinator with { EmbeddingInterval = TimeSpan.FromDays(10), EmbeddingRest = TimeSpan.Zero, EmbeddingPatience = TimeSpan.FromMinutes(5) },
    });

    static MemoryVectors Vectors(TestServer server) => server.Host.Services.GetRequiredService<MemoryVectors>();

    static async Task StoreAsync(TestServer server, params string[] texts)
    {
        foreach (var text in texts) { await server.Client.PostJsonAsync("/memories", new { text }, expected: 201); }
    }

    /// <summary>Knows of cats and cars.</summary>
    sealed class FakeEmbeddings : IEmbeddingGenerator<string, Embedding<float>>
    {
        public ModelException? Failure { get; set; }

        public string? Refused { get; set; }

        public List<string> Asked { get; } = [];

        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (Failure is not null) { throw Failure; }

            var texts = values.ToList();
            Asked.AddRange(texts);
            return Refused is not null && texts.Contains(Refused)
                ? throw new ModelException("refused", 400)
                : Task.FromResult<GeneratedEmbeddings<Embedding<float>>>([.. texts.Select(text => new Embedding<float>(Of(text)))]);
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        static float[] Of(string text) =>
            [Has(text, "cat", "kitten"), Has(text, "car"), 0.01f];

        static float Has(string text, params string[] words) => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
    }
}
