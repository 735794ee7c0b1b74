using System.Text.Json;
using AgentOrchestrator.Coordinator.Skills;
using Xunit;

namespace AgentOrchestrator.Tests.Skills;

public sealed class SkillTemplateTests
{
    static readonly Dictionary<string, JsonElement?> s_known = new()
    {
        ["input"] = JsonElement.Parse("""{"city":"Kiel","days":[3,5],"none":null}"""),
        ["find"] = JsonElement.Parse("""{"hits":[{"id":7,"tags":["a"]}],"total":1}"""),
        ["text"] = JsonElement.Parse("\"{\\\"id\\\":9}\""),
        ["nothing"] = null,
    };

    [Theory]
    [InlineData("""{"a":"{{input.city}}"}""", """{"a":"Kiel"}""")]
    [InlineData("""{"a":" {{ input.days }} "}""", """{"a":[3,5]}""")]
    [InlineData("""{"a":["{{input.days.1}}",{"b":"{{find.hits.0}}"}]}""", """{"a":[5,{"b":{"id":7,"tags":["a"]}}]}""")]
    [InlineData("""{"a":"{{find}}"}""", """{"a":{"hits":[{"id":7,"tags":["a"]}],"total":1}}""")]
    [InlineData("""{"a":"{{text.id}}","b":"{{text}}"}""", """{"a":9,"b":"{\u0022id\u0022:9}"}""")]
    [InlineData("""{"a":"{{input.none}}","b":"{{nothing}}"}""", """{"a":null,"b":null}""")]
    [InlineData("""{"a":"in {{input.city}}","{{input.city}}":1,"c":true}""", """{"a":"in {{input.city}}","{{input.city}}":1,"c":true}""")]
    [InlineData("{}", "{}")]
    public void Whole_texts_stand_for_values(string arguments, string filled) =>
        Assert.Equal(filled, SkillTemplate.Fill(JsonElement.Parse(arguments), s_known).GetRawText());

    [Theory]
    [InlineData("{{input.town}}", "there is no 'town'")]
    [InlineData("{{input.days.2}}", "there is no '2'")]
    [InlineData("{{input.days.-1}}", "there is no '-1'")]
    [InlineData("{{input.city.x}}", "there is no 'x'")]
    [InlineData("{{nothing.x}}", "there is no 'x'")]
    public void A_reference_to_nothing_is_told(string reference, string words)
    {
        var fault = Assert.Throws<SkillFault>(() => SkillTemplate.Fill(JsonElement.Parse($$"""{"a":"{{reference}}"}"""), s_known));

        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith(reference, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_step_brought_is_data_and_never_filled_again()
    {
        var known = new Dictionary<string, JsonElement?>(s_known) { ["evil"] = JsonElement.Parse("""{"x":"{{input.city}}"}""") };

        Assert.Equal("""{"a":"{{input.city}}"}""", SkillTemplate.Fill(JsonElement.Parse("""{"a":"{{evil.x}}"}"""), known).GetRawText());
    }
}
