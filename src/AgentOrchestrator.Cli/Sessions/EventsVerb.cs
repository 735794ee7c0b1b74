using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

static class EventsVerb
{
    const int PageSize = 500;

    static readonly Flag s_after = new("--after", "Begin after this sequence number", "SEQ");
    static readonly Flag s_limit = new("--limit", "At most so many", "N", 'n');

    public static readonly Verb Verb = new("events", "Print the log of a session", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Flags = [s_after, s_limit],
        Remarks = "With --json, a line for each event, as the server has it. 'ao watch' goes on with what happens.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var name = call.Arguments.Value(SessionName.Argument);
        var left = call.Arguments.Number(s_limit, least: 1) ?? long.MaxValue;
        var timeline = call.WantsJson ? null : Timeline.OnOut(call);
        for (long? after = call.Arguments.Number(s_after, least: 0) ?? 0; after is { } from && left > 0;)
        {
            var page = await call.Client.Sessions.GetEventsAsync(name, from, (int)Math.Min(left, PageSize));
            foreach (var logged in page.Events)
            {
                if (page.Gaps?.FirstOrDefault(one => one.To + 1 == logged.Seq) is { } gap)
                {
                    timeline?.Show(new FeedFrame.Gap(gap.From, gap.To));
                }

                Show(call, timeline, logged);
            }

            left -= page.Events.Count;
            after = page.NextAfter;
        }

        return Ao.ExitOk;
    }

    static void Show(Invocation call, Timeline? timeline, EventView logged)
    {
        if (timeline is null)
        {
            call.WriteJson(logged, ProtocolJson.Default.EventView);
        }
        else
        {
            timeline.Show(logged);
        }
    }
}
