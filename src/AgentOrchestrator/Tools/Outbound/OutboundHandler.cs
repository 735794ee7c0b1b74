using System.Net;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Checks each address that a request goes to, redirects included, and bounds what comes back.</summary>
sealed class OutboundHandler(OutboundPolicy policy, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    // What may go on to another server: nothing that says who asks.
    static readonly string[] s_anonymous = ["Accept", "Accept-Language", "User-Agent"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            Check(request.RequestUri);
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (Target(request, response) is not { } target) { return await BoundAsync(response, cancellationToken).ConfigureAwait(false); }

            var status = response.StatusCode;
            response.Dispose();
            if (hop == policy.MaxRedirects) { throw new ToolException($"'{request.RequestUri!.Host}' redirects more than {policy.MaxRedirects} times."); }

            request = Follow(request, target, status);
        }
    }

    static void Check(Uri? address)
    {
        if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) { throw new ToolException("Tools reach http and https addresses only."); }
        if (address.UserInfo.Length > 0) { throw new ToolException($"The address of '{address.Host}' holds a name or password; give a token instead."); }
        if (address.Port == 0) { throw new ToolException($"The address of '{address.Host}' names port 0."); }
    }

    static Uri? Target(HttpRequestMessage request, HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && response.Headers.Location is { } location
            ? new Uri(request.RequestUri!, location)
            : null;

    static HttpRequestMessage Follow(HttpRequestMessage request, Uri target, HttpStatusCode status)
    {
        var sameOrigin = IsSameOrigin(request.RequestUri!, target);
        var keepsBody = status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        if (keepsBody && request.Content is not null && !sameOrigin)
        {
            throw new ToolException($"'{request.RequestUri!.Host}' redirects what was sent to another server, '{target.Host}'; it was not sent there.");
        }

        var method = keepsBody || request.Method == HttpMethod.Head ? request.Method : HttpMethod.Get;
        var next = new HttpRequestMessage(method, target) { Content = keepsBody ? request.Content : null, Version = request.Version };
        foreach (var (name, values) in request.Headers.NonValidated.Where(header => sameOrigin || s_anonymous.Contains(header.Key)))
        {
            next.Headers.TryAddWithoutValidation(name, values);
        }

        return next;
    }

    internal static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    async Task<HttpResponseMessage> BoundAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var whole = response.Content;
        var isStream = whole.Headers.ContentType?.MediaType == "text/event-stream";
        if (!isStream && whole.Headers.ContentLength > policy.MaxBytes)
        {
            response.Dispose();
            throw BoundedStream.TooLong(policy.MaxBytes);
        }

        var body = await whole.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var bounded = new StreamContent(new BoundedStream(body, policy.MaxBytes, isStream ? BoundedUnit.Event : BoundedUnit.All));
        foreach (var (name, values) in whole.Headers.NonValidated) { bounded.Headers.TryAddWithoutValidation(name, values); }
        response.Content = bounded;
        return response;
    }
}
