using AgentOrchestrator.Agents;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>Calls a model directly, with the session's log as its memory.</summary>
public sealed class ChatExecutor : IExecutor
{
    readonly ChatLimits _limits;
    readonly TimeProvider _time;
    readonly IReadOnlyList<AIFunction> _tools;

    public ChatExecutor()
        : this(new ChatLimits(), TimeProvider.System)
    {
    }

    /// <param name="tools">What every agent may call, beside its own.</param>
    internal ChatExecutor(ChatLimits limits, TimeProvider time, params IReadOnlyList<AIFunction> tools) => (_limits, _time, _tools) = (limits, time, tools);

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
            using var model = new TracedModel(
                ChatModels.Create(provider, run.Agent?.Model, run.Environment, run.Agent?.Script, _time), run.Agent?.Model);
            using var server = new RunServer(run.Server, run.Token, _time);
            using var journal = ChatJournal.Open(run.ScratchDirectory);
            var actions = await ActionTools.ReadAsync(server, run, stop).ConfigureAwait(false);
            var options = OptionsOf(run, ToolsOf(run, model, server, actions), journal);
            var output = new ChatOutput(run.Output, flush.Token);
            return await new ChatRun(new AgentLoop(model, options), options, server, run, output).RunAsync(_limits, actions.Faults, stop).ConfigureAwait(false);
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
            return new RunOutcome.Stopped(ChatRun.Signal);
        }
    }

    /// <summary>Our own come first: what comes from elsewhere takes the name of none of them.</summary>
    IReadOnlyList<AIFunction> ToolsOf(RunContext run, TracedModel model, RunServer server, ActionTools actions)
    {
        IReadOnlyList<AIFunction> own = [.. model.IsScripted ? [new StartSessionTool(server, run.Run)] : (AIFunction[])[], .. _tools, .. WorkspaceTools.Of(run)];
        return [.. own, .. actions.Tools.ExceptBy(own.Select(tool => tool.Name), tool => tool.Name)];
    }

    LoopOptions OptionsOf(RunContext run, IReadOnlyList<AIFunction> tools, ChatJournal journal) => new()
    {
        Instructions = run.Agent?.SystemPrompt,
        Tools = tools,
        // One after another: a restarted runner tells the same events in the same order.
        Limits = new LoopLimits
        {
            MaxTurns = run.Agent?.MaxTurns ?? _limits.MaxTurns,
            MaxTokens = run.Agent?.MaxTokens,
            MaxCost = run.Agent?.MaxBudgetUsd,
            ParallelTools = 1,
        },
        Price = run.Rate is { } rate ? new TokenPrice(rate.Input, rate.Output, rate.CachedInput) : null,
        Context = ContextWindow.DropOldest(_limits.MaxContextTokens),
        Journal = () => journal,
        Time = _time,
    };
}
