namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The conformance suite of the protocol for clients, against the client that agents' tools go through.</summary>
[Collection(nameof(Alone))]
public sealed class ClientConformanceTests
{
    /// <summary>Between the server's wish and the client's coming the suite allows half a second, which a busy machine can use up.</summary>
    const int Tries = 5;

    static readonly string s_expected = Path.Combine(AppContext.BaseDirectory, "Mcp", "client-expected-failures.yaml");

    [Theory]
    [InlineData("initialize")]
    [InlineData("tools_call")]
    [InlineData("sse-retry")]
    public async Task The_client_keeps_to_the_protocol(string scenario)
    {
        var suite = NpmProgram.Find("conformance");
        await using var client = await ClientUnderTest.StartAsync();

        var (exit, said) = await RunAsync(suite, client, "--scenario", scenario);
        for (var tries = 1; exit != 0 && scenario == "sse-retry" && tries < Tries; tries++) { (exit, said) = await RunAsync(suite, client, "--scenario", scenario); }

        Assert.True(exit == 0, said);
        Assert.DoesNotContain("Passed: 0/", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--scenario", "elicitation-sep1034-client-defaults")]
    [InlineData("--suite", "auth")]
    [InlineData("--suite", "backcompat")]
    [InlineData("--suite", "extensions")]
    [InlineData("--suite", "draft")]
    public async Task The_client_fails_at_what_it_does_not_offer_and_at_nothing_else(string kind, string scenarios)
    {
        var suite = NpmProgram.Find("conformance");
        await using var client = await ClientUnderTest.StartAsync();

        var (exit, said) = await RunAsync(suite, client, kind, scenarios);

        Assert.True(exit == 0, said);
    }

    static Task<(int ExitCode, string Out)> RunAsync(string suite, ClientUnderTest client, params string[] what) => NpmProgram.RunAsync(
        suite, client.Folder, ["client", "--command", client.Command, .. what, "--expected-failures", s_expected, "-o", Path.Combine(client.Folder, "results")]);
}
