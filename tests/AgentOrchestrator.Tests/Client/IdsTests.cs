using AgentOrchestrator.Protocol;
using Xunit;

namespace AgentOrchestrator.Tests.Client;

/// <summary>Identifiers: random, of the form of the wire, and neighbours of those that are made with them.</summary>
public sealed class IdsTests
{
    // Several groups of those that share their first digits.
    const int Many = 4_000;
    const int Beginning = 9;

    [Fact]
    public void They_have_the_form_of_the_wire()
    {
        Assert.Matches("^ses_[0-9a-f]{12}$", Ids.NewSession());
        Assert.Matches("^run_[0-9a-f]{12}$", Ids.NewRun());
        Assert.Matches("^lnch_[0-9a-f]{12}$", Ids.NewRunner());
        Assert.Matches("^cb_[0-9a-f]{16}$", Ids.NewCallback());
    }

    [Fact]
    public void Those_that_are_made_together_stand_together_in_an_index()
    {
        var ids = Enumerable.Range(0, Many).Select(_ => Ids.NewRun()).ToList();

        var neighbourhoods = ids.Select(id => id[..Beginning]).Distinct().Count();

        // Other tests draw from the same groups meanwhile, which makes them change sooner.
        Assert.InRange(neighbourhoods, 10, Many / 10);
    }

    [Fact]
    public void They_say_nothing_of_their_order()
    {
        var ids = Enumerable.Range(0, Many).Select(_ => Ids.NewSession()).ToList();

        var rises = ids.Zip(ids.Skip(1)).Count(pair => string.CompareOrdinal(pair.First, pair.Second) < 0);

        Assert.InRange(rises, Many * 0.4, Many * 0.6);
    }

    // With digits drawn each for itself, a group of 256 would have two alike once in 8,000: so many groups would meet it for sure.
    [Fact]
    public void Ten_million_that_share_their_beginnings_are_all_different()
    {
        const int Groups = 40_000;
        var group = new HashSet<string>();
        for (var n = 0; n < Groups; n++)
        {
            var ids = new IdGroup();
            group.Clear();
            while (ids.Next() is { } digits)
            {
                Assert.True(group.Add(digits), digits);
            }

            Assert.Equal(256, group.Count);
        }
    }

    [Fact]
    public void Threads_that_make_them_at_once_make_different_ones()
    {
        var made = new string[Many];

        Parallel.For(0, Many, n => made[n] = Ids.NewRun());

        Assert.Equal(Many, made.Distinct().Count());
    }
}
