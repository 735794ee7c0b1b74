namespace AgentOrchestrator.StoreTests;

/// <summary>The PostgreSQL server that the tests may use.</summary>
static class TestPostgres
{
    /// <summary>Its connection string. Without one the test is skipped, or fails where everything has to be tested.</summary>
    public static string Require()
    {
        var connectionString = Environment.GetEnvironmentVariable("TEST_POSTGRES");
        if (string.IsNullOrEmpty(connectionString))
        {
            const string HowTo = "TEST_POSTGRES is not set; start a server with: export TEST_POSTGRES=$(.ci/postgres start)";
            Assert.False(Environment.GetEnvironmentVariable("TEST_LEVEL") == "full", HowTo);
            Assert.Skip(HowTo);
        }

        return connectionString!;
    }
}
