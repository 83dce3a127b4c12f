using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using AssistantsMcp.Engine;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Tools;
using Microsoft.Extensions.Configuration;

namespace AssistantsMcp.Tests;

/// <summary>Every setting has its bounds, and its row in docs/configuration.md.</summary>
public sealed class SettingsTests
{
    private static readonly string[] _rows = File.ReadAllLines(DocumentPath());

    /// <summary>Setting, lowest and highest value, and how the document says that.</summary>
    public static TheoryData<string, string, string, string> Ranges { get; } = new()
    {
        { "Limits:BodyBytes", "1024", "67108864", "1 KiB to 64 MiB" },
        { "Limits:ToolCallBytes", "1024", "67108864", "1 KiB to 64 MiB" },
        { "Limits:FileBytes", "1024", "536870912", "1 KiB to 512 MiB" },
        { "Limits:MessagesPerThread", "1", "1000000", "1 to 1,000,000" },
        { "Limits:AttachedFiles", "1", "10000", "1 to 10,000" },
        { "Limits:ConcurrentRuns", "1", "1000", "1 to 1,000" },
        { "Limits:ConcurrentRunsPerTenant", "1", "1000", "1 to 1,000" },
        { "Limits:QueuedRunsPerTenant", "1", "100000", "1 to 100,000" },
        { "Limits:ConcurrentStreams", "1", "10000", "1 to 10,000" },
        { "Limits:RequestsPerMinute", "0", "1000000", "0 to 1,000,000" },
        { "Limits:RequestBurst", "1", "1000000", "1 to 1,000,000" },
        { "Limits:SlowestBytesPerSecond", "1", "1048576", "1 to 1,048,576" },
        { "Limits:RunLifetime", "00:00:10", "01:00:00", "10 seconds to 1 hour" },
        { "Limits:RunLease", "00:00:03", "00:05:00", "3 seconds to 5 minutes" },
        { "Limits:RequestTimeout", "00:00:01", "01:00:00", "1 second to 1 hour" },
        { "Limits:HeadersTimeout", "00:00:01", "00:05:00", "1 second to 5 minutes" },
        { "Limits:ShutdownGrace", "00:00:01", "00:05:00", "1 second to 5 minutes" },
        { "Model:Timeout", "00:00:01", "01:00:00", "1 second to 1 hour" },
        { "Assistants:TotalTimeout", "00:00:00.1", "00:10:00", "0.1 seconds to 10 minutes" },
        { "Assistants:AttemptTimeout", "00:00:00.1", "00:10:00", "0.1 seconds to 10 minutes" },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void ValueBeyondItsRange_IsRefusedByName(string setting, string lowest, string highest, string documented)
    {
        Assert.Empty(Refusals(setting, lowest));
        Assert.Empty(Refusals(setting, highest));
        Assert.StartsWith($"{setting} must ", Assert.Single(Refusals(setting, Beside(lowest, -1))), StringComparison.Ordinal);
        Assert.StartsWith($"{setting} must ", Assert.Single(Refusals(setting, Beside(highest, 1))), StringComparison.Ordinal);
        Assert.Contains(documented, RowOf(setting), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryNumberAndDuration_HasARange()
    {
        var measured = Settings().Where(setting => (Nullable.GetUnderlyingType(setting.Type) ?? setting.Type) is var type && (type == typeof(int) || type == typeof(TimeSpan)));

        Assert.Equal(Ranges.Select(range => (string)range[0]).Order(), measured.Select(setting => setting.Name).Order());
    }

    [Fact]
    public void EverySetting_IsDocumentedWithItsDefault()
    {
        Assert.All(Settings(), setting => Assert.Contains(DefaultOf(setting.Default), RowOf(setting.Name), StringComparison.Ordinal));
    }

    private static List<string> Refusals(string setting, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build();
        var engine = new EngineOptionsValidator().Validate(null, configuration.Get<EngineOptions>() ?? new EngineOptions());
        var tools = new AssistantsMcpOptionsValidator().Validate(
            null, configuration.GetSection(AssistantsMcpOptions.Section).Get<AssistantsMcpOptions>() ?? new AssistantsMcpOptions());
        return [.. engine.Failures ?? [], .. tools.Failures ?? []];
    }

    /// <summary>The next value below or above.</summary>
    private static string Beside(string value, int step) =>
        int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? $"{number + step}"
            : $"{TimeSpan.Parse(value, CultureInfo.InvariantCulture) + TimeSpan.FromTicks(step)}";

    private static string RowOf(string setting) => Assert.Single(_rows, row => row.StartsWith($"| `{setting}` |", StringComparison.Ordinal));

    private static string DefaultOf(object? value) => value switch
    {
        string text => $"`{text}`",
        null or IEnumerable => "",
        bool or Enum => $"`{value.ToString()!.ToLowerInvariant()}`",
        Uri url => $"`{url.OriginalString}`",
        IFormattable formattable => $"`{formattable.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    private static IEnumerable<(string Name, Type Type, object? Default)> Settings() =>
        typeof(EngineOptions).GetProperties()
            .SelectMany(section => SettingsOf(section.Name, section.GetValue(new EngineOptions())!))
            .Concat(SettingsOf(AssistantsMcpOptions.Section, new AssistantsMcpOptions()))
            .Concat(SettingsOf(ToolsetOptions.Section, new ToolsetOptions()))
            .Concat(SettingsOf(MetricsOptions.Section, new MetricsOptions()));

    private static IEnumerable<(string Name, Type Type, object? Default)> SettingsOf(string section, object options) =>
        options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => ($"{section}:{property.Name}", property.PropertyType, property.GetValue(options)));

    private static string DocumentPath([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "docs", "configuration.md");
}
