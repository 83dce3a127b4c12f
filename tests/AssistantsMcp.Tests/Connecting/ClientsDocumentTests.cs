using System.Runtime.CompilerServices;
using System.Text;
using AssistantsMcp.Connecting;

namespace AssistantsMcp.Tests.Connecting;

public sealed class ClientsDocumentTests
{
    private const string Head = """
        # Connecting an MCP client

        <!-- Written by ClientsDocumentTests from the templates in src/AssistantsMcp/Connecting: UPDATE_SNAPSHOTS=1 dotnet test -->

        Every client below is told of the server by one snippet. `AssistantsMcp config` prints it for your server, and the server's own start page, `http://localhost:8080/`, shows it with a button that copies it:

        ```bash
        AssistantsMcp config --client cursor
        AssistantsMcp config --client cursor --url https://assistants.example.com
        AssistantsMcp config --client cursor --stdio
        ```

        The first line is for a server at `http://localhost:8080`, the second for one elsewhere. With the third, no server has to run: the client starts the program itself, which keeps its data in your own folder. The snippet goes to standard output, and where it belongs to standard error. From a checkout, write `dotnet run --no-launch-profile --project src/AssistantsMcp -- config --client cursor`.

        - If the file holds other servers already, add only the entry `assistants` to them.
        - The key is your OpenAI key, or whatever key your server lets in. `sandbox` stands for the playground that needs no account; with `--stdio` that needs the variable `Sandbox__Enabled` set to `true` beside `OPENAI_API_KEY`.
        - A client that can set no headers uses `http://localhost:8080/mcp/YOUR_API_KEY` as its address. Prefer the header: an address ends up in logs and histories.
        - A client that can only start a command reaches a server through `npx mcp-remote URL`, as in the snippet for Claude Desktop. The npm package `mcp-proxy`, which many examples name, cannot take a URL: it takes its argument for a program to start. Python's `mcp-proxy` is another program, and takes one: `mcp-proxy --transport=streamablehttp http://localhost:8080/mcp`, with the key in `API_ACCESS_TOKEN`. That one is quoted from its documentation and was not tried.
        - When nothing appears in the client, send the command that the server printed at its start. If that is answered, the client's own log says what it missed.

        """;

    [Fact]
    public async Task Document_IsThatOfTheTemplates()
    {
        var document = Compose();

        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            await File.WriteAllTextAsync(DocumentPath(), document);
        }

        Assert.Equal(await File.ReadAllTextAsync(DocumentPath()), document);
    }

    private static string Compose()
    {
        var document = new StringBuilder(Head);
        var program = new LocalProgram("/path/to/AssistantsMcp", ["stdio"], "/path/to/assistants.db");
        foreach (var client in ClientTemplates.All)
        {
            document.Append($"""

                ## {client.Name}

                {client.RemoteHint}

                ```{client.Language}
                {client.Remote(ServerAddress.Default)}
                ```

                Without a server beside it (`--client {client.Id} --stdio`):

                ```{client.Language}
                {client.Local(program)}
                ```

                """);
        }

        return document.ToString();
    }

    private static string DocumentPath([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../docs/clients.md");
}
