using System.Diagnostics;

namespace AssistantsMcp.Tests.Security;

/// <summary>A real browser without a window, for which every name that ends in <c>.example</c> is this machine.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly string _profile = Directory.CreateTempSubdirectory("assistants-mcp-browser-").FullName;
    private readonly Process _process;
    private readonly Task<string> _said;

    private Browser(Uri page, string[] flags)
    {
        _process = Process.Start(new ProcessStartInfo(
            Program!,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
                "--host-resolver-rules=MAP *.example 127.0.0.1", $"--user-data-dir={_profile}", .. flags, page.ToString(),
            ])
        {
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = _profile },
        })!;
        _said = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The browser, as Debian, Ubuntu and Google install it; null where there is none.</summary>
    public static string? Program { get; } = new[] { "chromium", "chromium-browser", "google-chrome" }
        .Select(name => Path.Combine("/usr/bin", name)).FirstOrDefault(File.Exists);

    /// <summary>Where it keeps what it knows of this visit.</summary>
    public string Profile => _profile;

    public static Browser Open(Uri page, params string[] flags) => new(page, flags);

    public async ValueTask DisposeAsync()
    {
        ChildProcess.Terminate(_process);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await _said.WaitAsync(TimeSpan.FromSeconds(60));
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }
}

/// <summary>A test that needs a browser; skipped where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.Program is null ? "Debian's package chromium is not installed." : null;
}
