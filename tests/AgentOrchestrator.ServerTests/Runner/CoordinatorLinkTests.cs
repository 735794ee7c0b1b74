using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.ServerTests.Runner;

public sealed class CoordinatorLinkTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_under_a_registration_that_another_call_has_renewed_meanwhile_is_asked_again()
    {
        await using var server = await TestServer.StartAsync();
        using var api = new CoordinatorApi(server.Url, token: null);
        var self = new RegisterRunner { Hostname = "h", ProjectDir = "/p", ExecutorType = "script", InstanceId = "one" };
        using var link = new CoordinatorLink(api, self, TimeProvider.System, NullLogger<CoordinatorLink>.Instance);
        var asked = 0;

        var answer = await link.CallAsync(
            async registered =>
            {
                if (++asked > 1)
                {
                    return registered.RunnerId;
                }

                link.Forget(registered);
                await link.RegisterAsync(Cancel);
                throw new ProductException(ErrorCode.Unauthenticated, "Runner not registered", "not_registered");
            },
            Cancel);

        Assert.Equal(((await link.RegisterAsync(Cancel)).RunnerId, 2), (answer, asked));
    }
}
