using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Models;

public sealed class ChatModelsTests
{
    [Fact]
    public void The_named_provider_wins_then_AI_PROVIDER_then_the_first_key()
    {
        var environment = new Dictionary<string, string> { ["OPENAI_API_KEY"] = "o", ["OLLAMA_MODEL"] = "llama" };

        Assert.Equal("openai", ChatModels.Choose(null, environment));
        Assert.Equal("scripted", ChatModels.Choose("Scripted", environment));
        environment["ANTHROPIC_API_KEY"] = "a";
        Assert.Equal("anthropic", ChatModels.Choose(null, environment));
        environment["AI_PROVIDER"] = "ollama";
        Assert.Equal("ollama", ChatModels.Choose(null, environment));
        Assert.Equal("openai", ChatModels.Choose("openai", environment));
    }

    [Fact]
    public void What_is_missing_is_said()
    {
        var nothing = new Dictionary<string, string> { ["OPENAI_API_KEY"] = " " };

        Assert.Contains("ANTHROPIC_API_KEY", Assert.Throws<ModelException>(() => ChatModels.Choose(null, nothing)).Message);
        Assert.Contains("OPENAI_API_KEY is not set", Assert.Throws<ModelException>(() => ChatModels.Create("openai", null, nothing)).Message);
        Assert.Contains("ANTHROPIC_API_KEY is not set", Assert.Throws<ModelException>(() => ChatModels.Create("anthropic", null, nothing)).Message);
        Assert.Contains("'oracle' is no model provider", Assert.Throws<ModelException>(() => ChatModels.Create("oracle", null, nothing)).Message);
        var wrong = new Dictionary<string, string> { ["OLLAMA_BASE_URL"] = "ftp://x" };
        Assert.Contains("OLLAMA_BASE_URL", Assert.Throws<ModelException>(() => ChatModels.Create("ollama", null, wrong)).Message);
    }

    [Theory]
    [InlineData("openai", "gpt-4o")]
    [InlineData("anthropic", "claude-sonnet-4-5")]
    [InlineData("ollama", "llama2")]
    [InlineData("scripted", "scripted")]
    public void A_client_says_who_it_is(string provider, string model)
    {
        var keys = new Dictionary<string, string> { ["OPENAI_API_KEY"] = "o", ["ANTHROPIC_API_KEY"] = "a" };
        using var client = ChatModels.Create(provider, null, keys);

        var metadata = client.GetService<ChatClientMetadata>();

        Assert.Equal((provider, model), (metadata?.ProviderName, metadata?.DefaultModelId));
    }
}
