using System.Security.Cryptography;
using System.Text;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Writes of this process that decide on the same objects, one after the other and in the order in which they came.
/// They wait here rather than in the database, where each would hold a connection; and what one of them tells once it
/// is committed is told before the next begins.
/// </summary>
internal sealed class WriteTurns
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Numbers that stand for the objects of a scope, each once and in the order in which all writes take them.</summary>
    public static IReadOnlyList<long> Keys(WriteScope scope) =>
        [.. scope.Ids.Select(id => Key(scope.Tenant, id)).Distinct().Order()];

    /// <summary>Waits for the turn at all of these objects; disposing ends it.</summary>
    public async ValueTask<IDisposable> TakeAsync(IReadOnlyList<long> keys, CancellationToken cancellationToken)
    {
        var taken = new Turn();
        try
        {
            // Ascending, so that two writes never wait for each other.
            foreach (var index in keys.Select(key => (int)((ulong)key % (uint)_turns.Length)).Distinct().Order())
            {
                await _turns[index].WaitAsync(cancellationToken);
                taken.Add(_turns[index]);
            }

            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private static long Key(string tenant, string id) =>
        BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}/{id}")));

    private sealed class Turn : IDisposable
    {
        private readonly List<SemaphoreSlim> _taken = new(1);

        public void Add(SemaphoreSlim turn) => _taken.Add(turn);

        public void Dispose()
        {
            _taken.ForEach(turn => turn.Release());
            _taken.Clear();
        }
    }
}
