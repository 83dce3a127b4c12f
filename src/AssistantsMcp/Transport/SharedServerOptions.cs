using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Transport;

/// <summary>
/// The SDK's settings, made once. Without sessions the SDK asks for new ones with every request and fills them with all
/// tools, prompts and resources anew, though nothing about them differs from caller to caller.
/// </summary>
internal sealed class SharedServerOptions : IOptionsFactory<McpServerOptions>
{
    private readonly Lazy<McpServerOptions> _options;

    public SharedServerOptions(
        IEnumerable<IConfigureOptions<McpServerOptions>> setups,
        IEnumerable<IPostConfigureOptions<McpServerOptions>> postConfigures,
        IEnumerable<IValidateOptions<McpServerOptions>> validations)
    {
        var factory = new OptionsFactory<McpServerOptions>(setups, postConfigures, validations);
        _options = new(() => factory.Create(Options.DefaultName));
    }

    public McpServerOptions Create(string name) => _options.Value;
}
