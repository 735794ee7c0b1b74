namespace AgentOrchestrator.Agents;

/// <summary>The price of a million tokens, in any one currency.</summary>
/// <param name="Input">Tokens that the model reads.</param>
/// <param name="Output">Tokens that it writes.</param>
/// <param name="CachedInput">Tokens that it reads from the provider's cache; as <paramref name="Input"/> when null.</param>
public sealed record TokenPrice(decimal Input, decimal Output, decimal? CachedInput = null)
{
    const decimal Million = 1_000_000;

    internal decimal Of(long input, long cachedInput, long output) =>
        ((input * Input) + (cachedInput * (CachedInput ?? Input)) + (output * Output)) / Million;
}
