namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Lets those who name the same key take turns, in the order in which they came. Who names another key does not wait,
/// and a key that nobody names costs nothing.
/// </summary>
internal sealed class KeyedTurns<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Turn> _turns = [];

    /// <summary>How many keys are named at present.</summary>
    public int Count
    {
        get
        {
            lock (_turns)
            {
                return _turns.Count;
            }
        }
    }

    /// <summary>Waits for the key's turn.</summary>
    /// <returns>The turn, which ends when it is disposed.</returns>
    public ValueTask<IDisposable> TakeAsync(TKey key, CancellationToken cancellationToken) => TakeAsync([key], cancellationToken);

    /// <summary>Waits for the turns of several keys.</summary>
    /// <param name="keys">Each once, and in an order that everybody keeps to: so no two wait for each other.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The turns, which end when this is disposed.</returns>
    public async ValueTask<IDisposable> TakeAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var taken = new Taken(this, keys.Count);
        try
        {
            foreach (var key in keys)
            {
                taken.Add(key, await WaitAsync(key, cancellationToken));
            }

            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private async ValueTask<Turn> WaitAsync(TKey key, CancellationToken cancellationToken)
    {
        var turn = Join(key);
        try
        {
            await turn.Free.WaitAsync(cancellationToken);
            return turn;
        }
        catch
        {
            Leave(key, turn);
            throw;
        }
    }

    private Turn Join(TKey key)
    {
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out var turn))
            {
                _turns.Add(key, turn = new Turn());
            }

            turn.Users++;
            return turn;
        }
    }

    private void Leave(TKey key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users == 0)
            {
                _turns.Remove(key);
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1);

        /// <summary>How many have the turn or wait for it.</summary>
        public int Users { get; set; }
    }

    private sealed class Taken(KeyedTurns<TKey> owner, int count) : IDisposable
    {
        private readonly List<(TKey Key, Turn Turn)> _turns = new(count);

        public void Add(TKey key, Turn turn) => _turns.Add((key, turn));

        public void Dispose()
        {
            foreach (var (key, turn) in _turns)
            {
                turn.Free.Release();
                owner.Leave(key, turn);
            }

            _turns.Clear();
        }
    }
}
