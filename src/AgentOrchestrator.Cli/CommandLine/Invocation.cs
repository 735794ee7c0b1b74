using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>One call of a verb: what was asked, and what it may use to answer.</summary>
sealed class Invocation(Host host, Arguments arguments, IReadOnlyList<string> rest, bool isSeedName) : IDisposable
{
    OrchestratorClient? _client;
    OrchestratorClient? _documents;

    public Host Host => host;

    public Arguments Arguments => arguments;

    /// <summary>For verbs that pass arguments on.</summary>
    public IReadOnlyList<string> Rest => rest;

    /// <summary>Called by a name of the predecessor, whose output is to be kept to the letter.</summary>
    public bool IsSeedName => isSeedName;

    public Terminal Terminal => host.Terminal;

    public bool WantsJson => arguments.Has(Flag.Json);

    public OrchestratorClient Client => _client ??= host.Connect();

    /// <summary>Where documents are, which may be another server.</summary>
    public DocumentsClient Documents => (_documents ??= host.ConnectToDocuments()).Documents;

    public void WriteJson<T>(T value, JsonTypeInfo<T> shape) => Terminal.Out.WriteLine(JsonText.Of(value, shape));

    public void Dispose()
    {
        _client?.Dispose();
        _documents?.Dispose();
    }
}
