using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace AssistantsMcp.Logging;

/// <summary>Log lines on the console: for people by default, compact JSON with <c>Logging:Format=json</c>.</summary>
internal static class LoggingExtensions
{
    /// <param name="logging">Levels are set as everywhere in ASP.NET Core, under <c>Logging:LogLevel</c>.</param>
    /// <param name="standardError">Whether standard output is taken, as it is over stdio.</param>
    public static void AddSerilogConsole(this ILoggingBuilder logging, bool standardError = false)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton<ILoggerProvider>(services => new SerilogLoggerProvider(
            Create(services.GetRequiredService<IConfiguration>()["Logging:Format"], standardError), dispose: true));
    }

    private static Serilog.Core.Logger Create(string? format, bool standardError)
    {
        var everythingFrom = standardError ? LogEventLevel.Verbose : (LogEventLevel?)null;
        var logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            // Below Information these two write down whole messages and request lines, keys included.
            .MinimumLevel.Override("ModelContextProtocol", LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogEventLevel.Information)
            // Launch prints these as one line; the frameworks would add stack traces.
            .Filter.ByExcluding(entry => entry.Exception is { } exception && StartFailure.Describe(exception) is not null)
            .Enrich.FromLogContext();

        return string.Equals(format, "json", StringComparison.OrdinalIgnoreCase)
            ? logger.WriteTo.Console(new CompactJsonFormatter(), standardErrorFromLevel: everythingFrom).CreateLogger()
            : logger.WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
                formatProvider: CultureInfo.InvariantCulture,
                standardErrorFromLevel: everythingFrom).CreateLogger();
    }
}
