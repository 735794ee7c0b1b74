using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Schemas;
using Xunit;

namespace AgentOrchestrator.Tests.Schemas;

public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("{}", "[1, null]")]
    [InlineData("true", "1")]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":"integer"}""", "1e300")]
    [InlineData("""{"type":["string","null"]}""", "null")]
    [InlineData("""{"enum":[1,"a",{"b":[2]}]}""", """{"b":[2.0]}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", "7")]
    [InlineData("""{"properties":{"a":{"type":"string"}},"additionalProperties":{"type":"number"}}""", """{"a":"x","b":1}""")]
    [InlineData("""{"items":{"$ref":"#/$defs/n"},"$defs":{"n":{"minimum":2}}}""", "[2, 3, \"x\"]")]
    [InlineData("""{"minLength":1,"maxLength":1}""", "\"\\ud83d\\ude00\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aaa\"")]
    [InlineData("""{"oneOf":[{"type":"string"},{"minimum":3}]}""", "3")]
    [InlineData("""{"not":{"type":"string"}}""", "3")]
    [InlineData("""{"multipleOf":0.1}""", "0.3")]
    [InlineData("""{"uniqueItems":true}""", "[1, \"1\", [1], {\"a\":1}, {\"a\":2}]")]
    [InlineData("""{"title":"t","description":"d","default":1,"examples":[1],"format":"date","$comment":"c"}""", "\"no date\"")]
    [InlineData("""{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}""", """{"next":{"next":{}}}""")]
    public void It_takes(string schema, string value) => Assert.Null(Check(schema, value));

    [Theory]
    [InlineData("false", "1", "the value itself must not be there")]
    [InlineData("""{"type":"integer"}""", "1.5", "the value itself must be of the type integer, not 1.5")]
    [InlineData("""{"type":["string","null"]}""", "{}", "the value itself must be of one of the types string, null, not an object")]
    [InlineData("""{"const":1}""", "2", "the value itself must be 1, not 2")]
    [InlineData("""{"enum":["a","b"]}""", "\"c\"", "the value itself must be one of \"a\", \"b\", not \"c\"")]
    [InlineData("""{"required":["a"]}""", "{}", "/a is missing")]
    [InlineData("""{"properties":{"a":{"items":{"type":"string"}}}}""", """{"a":["x",1]}""", "/a/1 must be of the type string, not 1")]
    [InlineData("""{"properties":{"a/b~c":{"type":"string"}}}""", """{"a/b~c":1}""", "/a~1b~0c must be of the type string, not 1")]
    [InlineData("""{"additionalProperties":false}""", """{"x":1}""", "/x is not a member that the schema has")]
    [InlineData("""{"minItems":1}""", "[]", "the value itself must have at least 1 items, not 0")]
    [InlineData("""{"maxProperties":0}""", """{"x":1}""", "the value itself must have at most 0 members, not 1")]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"b":2,"a":1.0}]""", "/1 is there twice")]
    [InlineData("""{"maxLength":2}""", "\"abc\"", "the value itself must have at most 2 characters, not 3")]
    [InlineData("""{"pattern":"^a"}""", "\"b\"", "the value itself must fit the pattern ^a, unlike \"b\"")]
    [InlineData("""{"maxLength":2}""", "\"\\ud83d\"", "the value itself holds half of a surrogate pair, which is no text")]
    [InlineData("""{"exclusiveMaximum":2}""", "2", "the value itself must be below 2, not 2")]
    [InlineData("""{"multipleOf":2}""", "3", "the value itself must be a multiple of 2, not 3")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":2}]}""", "2", "the value itself must fit exactly one of the schemas in oneOf and fits 2")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "2", "the value itself fits none of the schemas in anyOf")]
    [InlineData("""{"allOf":[{},{"type":"string"}]}""", "2", "the value itself must be of the type string, not 2")]
    [InlineData("""{"not":{}}""", "2", "the value itself fits the schema that it must not fit")]
    [InlineData("""{"$ref":"#"}""", "2", "the value itself cannot be checked: its schema refers to itself without end")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}""", """{"next":{"nxt":{}}}""", "/next/nxt is not a member that the schema has")]
    public void It_says_what_is_wrong_and_where(string schema, string value, string fault) => Assert.Equal(fault, Check(schema, value)?.ToString());

    [Theory]
    [InlineData("1", "the schema must be a schema: an object, true or false")]
    [InlineData("""{"typ":"string"}""", "/typ is not a keyword that is checked here; docs/agents.md lists those that are")]
    [InlineData("""{"properties":{"a":{"type":"text"}}}""", "/properties/a/type has no type 'text'; there are object, array, string, number, integer, boolean, null")]
    [InlineData("""{"$ref":"#/$defs/gone"}""", "/$ref points to '#/$defs/gone', which is not there")]
    [InlineData("""{"$ref":"https://example.org/schema"}""", "/$ref must point into this schema, such as '#/$defs/item'")]
    [InlineData("""{"minItems":-1}""", "/minItems must be a whole number from 0 on")]
    [InlineData("""{"items":[{}]}""", "/items must be a schema: an object, true or false")]
    [InlineData("""{"anyOf":[]}""", "/anyOf must have a schema")]
    [InlineData("""{"multipleOf":0}""", "/multipleOf must be a number above 0")]
    public void It_refuses_a_schema_that_it_would_not_check(string schema, string why) =>
        Assert.Equal(why, Assert.Throws<ProductException>(() => JsonSchema.Read(Parse(schema))).Message);

    [Theory]
    [InlineData("(?=a)b")]
    [InlineData("(a)\\1")]
    [InlineData("(")]
    public void It_refuses_patterns_that_could_take_for_ever(string pattern)
    {
        var schema = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["pattern"] = pattern });

        Assert.StartsWith("/pattern is not a pattern", Assert.Throws<ProductException>(() => JsonSchema.Read(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_that_branches_without_end_is_given_up()
    {
        var fault = Check("""{"$defs":{"a":{"allOf":[{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}]}},"$ref":"#/$defs/a"}""", "1");

        Assert.NotNull(fault);
    }

    static SchemaFault? Check(string schema, string value) => JsonSchema.Read(Parse(schema)).Check(Parse(value));

    static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
