using System.Buffers;

namespace AssistantsMcp.Engine.Storage;

/// <summary>The few statements that the databases do not share.</summary>
internal abstract class SqlDialect
{
    /// <summary>Changes nothing that anybody reads, and yet has to reach the disk with its commit.</summary>
    public abstract string ProbeDisk { get; }

    /// <summary>Kind and id of the assistants and threads in whose JSON <c>@text</c> occurs.</summary>
    public abstract string ObjectsThatMention { get; }

    /// <summary>Ids of the uploads of <c>@tenant</c> whose time is over at <c>@now</c>.</summary>
    public abstract string ExpiredUploads { get; }

    /// <summary>Takes runs from workers whose leases have lapsed at <c>@now</c>, or end after <c>@latest</c>.</summary>
    public abstract string ReleaseLapsed { get; }

    /// <summary>Removes the oldest kept answers of <c>@outdated</c> and before, <c>@most</c> of them.</summary>
    public abstract string DeleteOutdatedAnswers { get; }

    /// <summary>Stores the bytes of a file.</summary>
    public abstract ValueTask InsertContentAsync(
        DatabaseSession session, string tenant, string id, string purpose, ReadOnlySequence<byte> content);
}
