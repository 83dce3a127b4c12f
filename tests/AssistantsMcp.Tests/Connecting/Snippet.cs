using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tomlyn;
using Tomlyn.Model;
using YamlDotNet.Serialization;

namespace AssistantsMcp.Tests.Connecting;

/// <summary>Reads a snippet as its client does.</summary>
internal static class Snippet
{
    /// <summary>What a client understands, whatever it is written in. Of a command line these are the words.</summary>
    public static JsonNode Read(string language, string text) => language switch
    {
        "json" => JsonNode.Parse(text)!,
        "toml" => ToNode(TomlSerializer.Deserialize<TomlTable>(text)!)!,
        "yaml" => ToNode(new DeserializerBuilder().Build().Deserialize(text)!)!,
        "bash" => Words(text),
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, null),
    };

    /// <summary>The entry of the server, wherever a client keeps it.</summary>
    public static JsonNode Server(JsonNode settings)
    {
        var servers = settings["mcpServers"] ?? settings["servers"] ?? settings["context_servers"] ?? settings["mcp_servers"];
        return servers is JsonArray list ? Assert.Single(list)! : servers!["assistants"]!;
    }

    /// <summary>TOML's tables and YAML's mappings, lists of both, and strings.</summary>
    private static JsonNode? ToNode(object? value) => value switch
    {
        IDictionary<string, object> table => new JsonObject(table.Select(entry => KeyValuePair.Create(entry.Key, ToNode(entry.Value)))),
        IDictionary<object, object> mapping => new JsonObject(mapping.Select(entry => KeyValuePair.Create((string)entry.Key, ToNode(entry.Value)))),
        IEnumerable<object?> list => new JsonArray([.. list.Select(ToNode)]),
        _ => JsonValue.Create((string?)value),
    };

    /// <summary>The shell itself splits the line, and runs a stand-in that names its arguments.</summary>
    private static JsonArray Words(string line)
    {
        var command = line.Split(' ')[0];
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-euc", $"{command}() {{ printf '%s\\0' \"$@\"; }}\n{line}"]) { RedirectStandardOutput = true })!;
        var words = shell.StandardOutput.ReadToEnd().Split('\0')[..^1];
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return JsonSerializer.SerializeToNode(words)!.AsArray();
    }
}
