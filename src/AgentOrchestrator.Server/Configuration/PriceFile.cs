using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Configuration;

/// <summary>The table of prices: <c>{"model": {"input": 1.25, "output": 10, "cached_input": 0.125, "cache_write": 1.25}}</c>.</summary>
static class PriceFile
{
    /// <exception cref="ProductException">Invalid, naming the file.</exception>
    public static IReadOnlyDictionary<string, ModelPrice> Read(string path)
    {
        try
        {
            var prices = JsonSerializer.Deserialize(File.ReadAllBytes(path), PriceJson.Default.DictionaryStringModelPrice);
            return prices is not null && prices.Values.All(IsPrice)
                ? prices
                : throw new ProductException(ErrorCode.Invalid, $"MODEL_PRICES: {path} must give each model 'input' and 'output', numbers of at least 0");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ProductException(ErrorCode.Invalid, $"MODEL_PRICES: {path} cannot be read as a table of prices: {error.Message}", inner: error);
        }
    }

    static bool IsPrice(ModelPrice? price) =>
        price is { Input: >= 0, Output: >= 0, CachedInput: null or >= 0, CacheWrite: null or >= 0 };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Dictionary<string, ModelPrice>))]
sealed partial class PriceJson : JsonSerializerContext;
