using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>Stands for a model, so that the samples run without a key and say the same each time.</summary>
public static class SampleModel
{
    public static IChatClient Create() => ChatModels.Scripted("""
        [
          { "match": "Synthesize the following", "reply": "One report of all: {prompt}" },
          { "match": "17 * 23", "calls": [{ "name": "calculator", "input": { "expression": "17 * 23" } }], "then": { "reply": "It is 391." } },
          { "match": "Create a concise summary", "reply": "Summary <- {prompt}" },
          { "match": "Analyze this information", "reply": "Analysis <- {prompt}" },
          { "match": "create a detailed implementation plan", "reply": "Plan <- {prompt}" },
          { "match": "Critically evaluate", "reply": "Evaluation <- {prompt}" },
          { "reply": "Answer <- {prompt}" }
        ]
        """);
}
