using System.Net.Sockets;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Says in words why no answer came. The system's own texts stay out: they tell what is where inside the network.</summary>
static class OutboundFaults
{
    public static ToolException Explain(Exception failure, Uri? address, TimeSpan limit)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is ToolException said) { return said; }
        }

        var host = address is { IsAbsoluteUri: true } ? $"'{address.Host}'" : "The server";
        return new ToolException($"{host} {Words(failure, limit)}", failure) { IsServersFault = true, IsTimeout = failure is OperationCanceledException };
    }

    static string Words(Exception failure, TimeSpan limit) => failure switch
    {
        OperationCanceledException => $"did not answer within {limit.TotalSeconds:0.###} seconds.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "could not be reached: TLS was not agreed on.",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "could not be reached: the name is not known.",
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } } =>
            "could not be reached: the name is not known.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "could not be reached: no connection could be made.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "answered with more than is allowed.",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "does not answer in HTTP.",
        _ => "broke off before its answer was whole.",
    };
}
