using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>Calls a model directly, with the session's log as its memory.</summary>
public sealed class ChatExecutor : IExecutor
{
    readonly ChatLimits _limits;
    readonly TimeProvider _time;

    public ChatExecutor()
        : this(new ChatLimits(), TimeProvider.System)
    {
    }

    internal ChatExecutor(ChatLimits limits, TimeProvider time) => (_limits, _time) = (limits, time);

    public string Type => "chat";

    public IReadOnlyList<string> Variables => ModelVariables.All;

    public bool Resumes(string scratchDirectory) => ChatJournal.IsIn(scratchDirectory);

    public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) => ChatDetection.DetectAsync(ChatDetection.ReadEnvironment(), cancel);

    public async Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop)
    {
        using var flush = new CancellationTokenSource();
        using var hurry = stop.Register(() => flush.CancelAfter(_limits.LastWords));
        try
        {
            var provider = run.Agent?.Provider ?? (run.Agent?.Script is null ? null : ModelProviders.Scripted);
            using var model = ChatModels.Create(provider, run.Agent?.Model, run.Environment, run.Agent?.Script, _time);
            using var server = new RunServer(run.Server, run.Token, _time);
            using var journal = ChatJournal.Open(run.ScratchDirectory);
            var talk = new ChatTalk(model, server, run, journal, new ChatOutput(run.Output, flush.Token), _limits, new ChatTally(_time));
            return await talk.RunAsync(stop).ConfigureAwait(false);
        }
        catch (ModelException refusal)
        {
            return new RunOutcome.Failed(refusal.Message, "missing");
        }
        catch (ProductException refusal)
        {
            return new RunOutcome.Failed(refusal.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new RunOutcome.Stopped(ChatTalk.Signal);
        }
    }
}
