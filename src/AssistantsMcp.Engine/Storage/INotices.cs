namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Short texts between the processes that share a database. They are hints that spare waiting, never the truth: one that
/// is lost costs a second, because everybody looks at the database now and then.
/// </summary>
internal interface INotices
{
    /// <summary>Most bytes of UTF-8 in one text.</summary>
    const int MaxBytes = 7_900;

    /// <summary>The name under which other processes reach this one; null where there are no others to tell.</summary>
    string? Process { get; }

    /// <summary>Tells one process, or all of them and this one too; returns at once.</summary>
    /// <param name="process">Whom; null for everybody.</param>
    /// <param name="text">What, at most <see cref="MaxBytes"/>.</param>
    /// <returns>False when so much waits to be sent that this is dropped.</returns>
    bool Tell(string? process, string text);

    /// <summary>Hears what is told to everybody and to this process, in the order in which it was sent, until it is cancelled.</summary>
    Task ListenAsync(Action<string> heard, CancellationToken cancellationToken);
}
