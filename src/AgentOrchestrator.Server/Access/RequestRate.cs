using System.Net;
using System.Threading.RateLimiting;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Access;

/// <summary>How many requests a second one token may make: a bucket each, which is forgotten when it has been full for a while.</summary>
/// <remarks>What keeps runs alive and ends them is marked with <see cref="Unlimited"/> and never counted: a flood expires no lease.</remarks>
sealed class RequestRate : IDisposable
{
    const int BurstSeconds = 2;
    const int PeriodsPerSecond = 10;

    readonly int _limit;
    readonly PartitionedRateLimiter<string>? _buckets;

    public RequestRate(ServerOptions options)
    {
        _limit = options.RateLimit;
        _buckets = _limit == 0
            ? null
            : PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetTokenBucketLimiter(caller, _ => BucketOf(_limit)));
    }

    /// <exception cref="ProductException">LimitExceeded, with how long to wait.</exception>
    public void Count(Principal caller, IPAddress? address)
    {
        if (_buckets is null)
        {
            return;
        }

        using var lease = _buckets.AttemptAcquire(caller == Principal.Anonymous ? NetworkAddress.Of(address).ToString() : caller.Id);
        if (!lease.IsAcquired)
        {
            throw new ProductException(
                ErrorCode.LimitExceeded,
                $"more than {_limit} requests a second with this token; wait as Retry-After says, or have the server's RATE_LIMIT raised",
                "rate_limit")
            {
                RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1),
            };
        }
    }

    public void Dispose() => _buckets?.Dispose();

    static TokenBucketRateLimiterOptions BucketOf(int limit) => new()
    {
        TokenLimit = limit * BurstSeconds,
        TokensPerPeriod = limit < PeriodsPerSecond ? limit : limit / PeriodsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(limit < PeriodsPerSecond ? 1 : 1d / PeriodsPerSecond),
        QueueLimit = 0,
    };
}

/// <summary>A route that is never counted: signs of life, claims, reports, stops, health.</summary>
sealed record Unlimited;

static class RequestRateExtensions
{
    public static T WithoutLimit<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Unlimited());
}
