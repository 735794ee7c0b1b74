using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Cli.Access;

static class TokenVerbs
{
    static readonly Positional s_name = new("NAME", "Whose it is, such as 'phone' or 'ci'");
    static readonly Positional s_id = new("ID", "The token's id; see 'ao token list'");
    static readonly Flag s_role = new("--role", "owner, operator, approver, viewer or runner; operator when left out", "ROLE");
    static readonly Flag s_days = new("--days", "How long it opens anything; for ever when left out", "N");

    public static readonly Verb Show = new("token", "Print the token in use, and where it was found", ShowAsync);

    public static readonly Verb Create = new("token create", "Make a token for somebody or something else", CreateAsync)
    {
        Positionals = [s_name],
        Flags = [s_role, s_days],
        Remarks = "The token is shown this once; the server keeps only its hash.",
    };

    public static readonly Verb List = new("token list", "List the tokens, without their secrets", ListAsync);

    public static readonly Verb Revoke = new("token revoke", "End a token", RevokeAsync) { Positionals = [s_id] };

    static Task<int> ShowAsync(Invocation call)
    {
        var address = call.Client.Address;
        var source = address.Source switch
        {
            TokenSource.Environment => "AGENT_ORCHESTRATOR_TOKEN",
            TokenSource.File => ServersFile.OfUser().Path,
            _ => null,
        };
        if (call.WantsJson)
        {
            call.WriteJson(new TokenInUse(address.Url, address.Token, source), CliJson.Default.TokenInUse);
        }
        else if (source is null)
        {
            throw new ProductException(
                ErrorCode.NotFound,
                $"There is no token for {address.Url}: its server leaves one in {ServersFile.OfUser().Path} when it starts; from elsewhere, set AGENT_ORCHESTRATOR_TOKEN");
        }
        else
        {
            call.Terminal.Out.WriteLine($"Server: {address.Url}");
            call.Terminal.Out.WriteLine($"From:   {source}");
            call.Terminal.WriteForeign($"Token:  {address.Token}");
        }

        return Task.FromResult(Ao.ExitOk);
    }

    static async Task<int> CreateAsync(Invocation call)
    {
        var created = await call.Client.Tokens.CreateAsync(new CreateToken
        {
            Name = call.Arguments.Value(s_name),
            Role = WireEnum<Role>.Parse(call.Arguments.Value(s_role) ?? "operator", s_role.Name),
            ExpiresInSeconds = call.Arguments.Number(s_days, least: 1) * 24 * 60 * 60,
        });
        if (call.WantsJson)
        {
            call.WriteJson(created, ProtocolJson.Default.TokenCreated);
        }
        else
        {
            call.Terminal.WriteForeign(created.Token);
            if (call.Terminal.IsErrorTerminal)
            {
                call.Terminal.Error.WriteLine($"Id {created.TokenId}. It is not shown again: set it as AGENT_ORCHESTRATOR_TOKEN where it is used.");
            }
        }

        return Ao.ExitOk;
    }

    static async Task<int> ListAsync(Invocation call)
    {
        var list = await call.Client.Tokens.ListAsync();
        if (call.WantsJson)
        {
            call.WriteJson(list, ProtocolJson.Default.TokenList);
        }
        else if (list.Tokens.Count == 0)
        {
            call.Terminal.Out.WriteLine("No tokens found");
        }
        else
        {
            Table.Write(call.Terminal, ["ID", "NAME", "ROLE", "AGE", "STATE"], [.. list.Tokens.Select(token => Row(token, call.Host.Time.GetUtcNow()))]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> RevokeAsync(Invocation call)
    {
        var id = call.Arguments.Value(s_id);
        await call.Client.Tokens.RevokeAsync(id);
        if (call.WantsJson)
        {
            call.WriteJson(Protocol.Sessions.Ok.Yes, ProtocolJson.Default.Ok);
        }
        else
        {
            call.Terminal.WriteForeign($"Revoked {id}");
        }

        return Ao.ExitOk;
    }

    static string[] Row(TokenView token, DateTimeOffset now) =>
    [
        token.TokenId,
        token.Name,
        WireEnum<Role>.Text(token.Role),
        Spans.Age(now - token.CreatedAt),
        token.RevokedAt is not null ? "revoked" : token.ExpiresAt < now ? "expired" : "valid",
    ];
}

sealed record TokenInUse(string Server, string? Token, string? From);
