namespace AssistantsMcp.Engine;

/// <summary>
/// A reason not to start that the operator can mend: an unwritable folder, a bad setting, a missing secret.
/// The message is one line that names the setting and the remedy; it is printed without a stack trace.
/// </summary>
public sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
