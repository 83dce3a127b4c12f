using System.Security.Cryptography;
using System.Text;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// What a write decides on and therefore keeps others from changing until it is committed: whole objects with all that
/// is below them. SQLite has one writer, and so needs no telling; elsewhere these are locks.
/// </summary>
/// <param name="Tenant">Whose objects.</param>
/// <param name="Ids">The objects: an assistant, a thread (for its messages and runs too), a vector store …</param>
internal readonly record struct WriteScope(string Tenant, IReadOnlyList<string> Ids)
{
    /// <summary>Nothing: the write only adds objects, or changes rows that are guarded by a condition of their own.</summary>
    public static WriteScope Nothing { get; } = new("", []);

    /// <summary>One object and what is below it.</summary>
    public static WriteScope Of(string tenant, string id) => new(tenant, [id]);

    /// <summary>The files of a tenant as a whole, of which only so many bytes are kept.</summary>
    public static WriteScope FilesOf(string tenant) => new(tenant, ["files"]);

    /// <summary>A thread, and the queue of its tenant, who may have only so many runs waiting and in work.</summary>
    public static WriteScope QueueOf(string tenant, string threadId) => new(tenant, [threadId, "queue"]);

    /// <summary>Numbers that stand for the objects, each once and in the order in which all writes take them.</summary>
    public IReadOnlyList<long> Keys()
    {
        var tenant = Tenant;
        return [.. Ids.Select(id => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}/{id}")))).Distinct().Order()];
    }

    /// <summary>This and more objects of the same tenant.</summary>
    public WriteScope And(params IEnumerable<string> ids) => this with { Ids = [.. Ids, .. ids] };
}
