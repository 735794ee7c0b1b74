using System.Net;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Pages;

/// <summary><c>/</c>: says what runs here and what to type.</summary>
static class FrontPage
{
    public static void MapFrontPage(this IEndpointRouteBuilder app) =>
        app.MapGet("/", Show).AllowAnyone().ExcludeFromDescription();

    static Task Show(HttpContext context)
    {
        var server = WebUtility.HtmlEncode($"http://{context.Request.Host}");
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>Agent Orchestrator</title>
            <style>
            :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
            body { max-width: 44rem; margin: 4rem auto; padding: 0 1rem }
            pre { padding: 1rem; border: 1px solid; border-radius: .5rem; overflow-x: auto }
            </style>
            </head>
            <body>
            <h1>Agent Orchestrator</h1>
            <p>Version {{ServerProgram.Version}} runs here. It starts AI agents as sessions, and keeps their logs.</p>
            <p>In a terminal on this machine:</p>
            <pre>ao agents               # the agents that are there
            ao start NAME -p "…"    # start a session with one
            ao watch NAME           # follow it live
            ao doctor               # what works, and what to install</pre>
            <p>For programs: <code>{{server}}/openapi.json</code> describes every route, <code>{{server}}/health</code> says whether all is well.</p>
            </body>
            </html>

            """,
            context.RequestAborted);
    }
}
