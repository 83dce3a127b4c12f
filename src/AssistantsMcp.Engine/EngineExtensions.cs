using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.PassThrough;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using AssistantsMcp.Engine.Threads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine;

/// <summary>The engine as the host sees it.</summary>
public static class EngineExtensions
{
    /// <summary>Adds storage, the run worker and the <c>/v1</c> pipeline (<see cref="AssistantsApi"/>).</summary>
    public static IServiceCollection AddAssistantsEngine(this IServiceCollection services)
    {
        services.AddOptions<EngineOptions>()
            .Configure<IConfiguration, IHostEnvironment>((options, configuration, environment) =>
            {
                configuration.Bind(options);
                options.Model.Aliases = ReadAliases(configuration.GetSection("Model:Aliases"));
                options.Sandbox.Enabled ??= environment.IsDevelopment();
                options.PassThrough.Enabled ??= options.Model.ApiKey is null;
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);

        services.AddMetrics();
        services.AddStorage();
        services.AddModelClients();
        services.AddSandbox();
        services.AddHostedTools();
        services.AddPassThrough();
        services.AddExecution();
        services.AddApi();
        return services;
    }

    /// <summary>
    /// Names of models may hold a colon (<c>llama3.2:3b</c>), which is what parts the levels of a configuration: binding
    /// would look for a section of that name and find no text.
    /// </summary>
    private static Dictionary<string, string> ReadAliases(IConfigurationSection section) => section
        .AsEnumerable(makePathsRelative: true)
        .Where(alias => alias.Value is not null)
        .ToDictionary(alias => alias.Key, alias => alias.Value!, StringComparer.Ordinal);

    private static void AddStorage(this IServiceCollection services)
    {
        services.AddByDatabase<IDatabase, SqliteDatabase, PostgresDatabase>();
        services.AddByDatabase<INotices, NoNotices, PostgresNotices>();
        services.AddByDatabase<QueueClock, QueueClock, PostgresClock>();
        services.AddSingleton<StorageMetrics>();
        services.AddSingleton<Store>();
        services.AddSingleton<FileStore>();
        services.AddHostedService<StorageStarter>();
        services.AddSingleton<StorageHealthCheck>();
        services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage");
    }

    /// <summary>A service that differs between SQLite and PostgreSQL.</summary>
    private static void AddByDatabase<
        TService,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSqlite,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TPostgres>(this IServiceCollection services)
        where TService : class
        where TSqlite : TService
        where TPostgres : TService =>
        services.AddSingleton<TService>(provider =>
            PostgresConnection.Names(provider.GetRequiredService<IOptions<EngineOptions>>().Value.Storage.ConnectionString)
                ? ActivatorUtilities.CreateInstance<TPostgres>(provider)
                : ActivatorUtilities.CreateInstance<TSqlite>(provider));

    private static void AddSandbox(this IServiceCollection services)
    {
        services.AddSingleton(SandboxRoom.Default);
        services.AddSingleton<SandboxModel>();
        services.AddSingleton<SandboxVectorStores>();
        services.AddSingleton<SandboxUploads>();
        services.AddSingleton<SandboxFiles>();
    }

    private static void AddHostedTools(this IServiceCollection services)
    {
        services.AddSingleton<ProviderApi>();
        services.AddSingleton<ProviderFiles>();
        services.AddSingleton<ProviderVectorStores>();
        services.AddSingleton<VectorStores>();
        services.AddSingleton<NewVectorStores>();
        services.AddSingleton<Attachments>();
        services.AddSingleton<CodeContainers>();
        services.AddSingleton<MadeFiles>();
        services.AddSingleton<HostedToolSetup>();
    }

    private static void AddExecution(this IServiceCollection services)
    {
        services.AddSingleton<RunMetrics>();
        services.AddSingleton<StreamMetrics>();
        services.AddSingleton<RunEvents>();
        services.AddSingleton<HeldRuns>();
        services.AddSingleton<QueueBell>();
        services.AddSingleton<RunNotices>();
        services.AddSingleton<RunClaims>();
        services.AddSingleton<TurnSaver>();
        services.AddSingleton<RunExecutor>();
        services.AddSingleton<RunWorker>();

        // Services stop in reverse: what the worker says when it lets go of its runs is still to be sent.
        services.AddHostedService<RunRelay>();
        services.AddHostedService(provider => provider.GetRequiredService<RunWorker>());
        services.AddSingleton<RunTimekeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<RunTimekeeper>());
        services.AddHealthChecks().AddCheck<WorkerHealthCheck>("worker");
    }

    private static void AddApi(this IServiceCollection services)
    {
        // Routing wants one, and only a web host brings it along.
        services.TryAddSingleton(_ => new DiagnosticListener("AssistantsMcp"));
        services.AddRouting();

        services.AddSingleton<ServerSecret>();
        services.AddSingleton<AccessGate>();
        services.AddSingleton<TenantRates>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<ApiErrorHandler>();
        services.AddSingleton<RequestDeadline>();
        services.AddSingleton<Idempotency>();
        services.AddHostedService<IdempotencyCleaner>();
        services.AddSingleton<ThreadCreation>();
        services.AddSingleton<RunCreation>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<RunReplays>();
        services.AddSingleton<ToolOutputs>();
        services.AddSingleton<AssistantsApi>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<EngineOptions>>().Value;
            return new RequestLimits(
                options.Limits.BodyBytes, options.Compatibility.CheckIdPrefix, options.Limits.MessagesPerThread, options.Limits.AttachedFiles, options.Limits.FileBytes);
        });
    }
}
