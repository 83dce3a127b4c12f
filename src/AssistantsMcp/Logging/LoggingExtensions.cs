using System.Globalization;
using AssistantsMcp.Engine;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace AssistantsMcp.Logging;

/// <summary>Log lines on the console: for people by default, compact JSON with <c>Logging:Format=json</c>.</summary>
internal static class LoggingExtensions
{
    private const string Template = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{Trace}{NewLine}{Exception}";

    /// <param name="logging">Levels are set as everywhere in ASP.NET Core, under <c>Logging:LogLevel</c>.</param>
    /// <param name="configuration">Holds the section <c>Logging</c>.</param>
    /// <param name="standardError">Whether standard output is taken, as it is over stdio.</param>
    /// <exception cref="StartupException">A level or the format is none that exists.</exception>
    public static void AddSerilogConsole(this ILoggingBuilder logging, IConfiguration configuration, bool standardError = false)
    {
        Check(configuration.GetSection("Logging"));
        logging.ClearProviders();

        // Scopes would put the ids of connection, request and trace into properties that no line shows, but for JSON,
        // which has the trace once already. That is a tenth of what a small request costs.
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.None);
        logging.Services.Configure<LoggerFilterOptions>(filter => filter.CaptureScopes = false);
        logging.Services.AddSingleton<ILoggerProvider>(services => new SerilogLoggerProvider(
            Create(services.GetRequiredService<IConfiguration>()["Logging:Format"], standardError), dispose: true));
        logging.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(services => new McpLoggerFactory(new LoggerFactory(
            services.GetServices<ILoggerProvider>(),
            services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
            services.GetRequiredService<IOptions<LoggerFactoryOptions>>(),
            services.GetService<IExternalScopeProvider>()))));
    }

    /// <summary>The framework finds a wrong level too late, and names neither the setting nor what it can be.</summary>
    private static void Check(IConfigurationSection section)
    {
        foreach (var level in section.GetSection("LogLevel").GetChildren())
        {
            if (!string.IsNullOrEmpty(level.Value) && !Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
            {
                throw new StartupException($"{level.Path} must be {string.Join(", ", Enum.GetNames<LogLevel>()[..^1])} or {LogLevel.None}, but is '{level.Value}'.");
            }
        }

        if (section["Format"] is { Length: > 0 } format && format.ToUpperInvariant() is not ("TEXT" or "JSON"))
        {
            throw new StartupException($"{section.Path}:Format must be text or json, but is '{format}'.");
        }
    }

    private static Serilog.Core.Logger Create(string? format, bool standardError)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            // Below Information this writes down whole request lines, keys included.
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogEventLevel.Information)
            // Launch prints these as one line; the frameworks would add stack traces.
            .Filter.ByExcluding(entry => entry.Exception is { } exception && StartFailure.Describe(exception) is not null);
        if (string.Equals(format, "json", StringComparison.OrdinalIgnoreCase))
        {
            return logger.WriteTo.Sink(Lines(new CompactJsonFormatter(), standardError)).CreateLogger();
        }

        logger.Enrich.With(new TraceNote());
        return (standardError ? Console.IsErrorRedirected : Console.IsOutputRedirected)
            ? logger.WriteTo.Sink(Lines(new MessageTemplateTextFormatter(Template, CultureInfo.InvariantCulture), standardError)).CreateLogger()
            : logger.WriteTo.Console(
                outputTemplate: Template,
                formatProvider: CultureInfo.InvariantCulture,
                standardErrorFromLevel: standardError ? LogEventLevel.Verbose : null).CreateLogger();
    }

    private static LineSink Lines(ITextFormatter formatter, bool standardError) =>
        new(formatter, standardError ? Console.OpenStandardError() : Console.OpenStandardOutput());
}
