using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Tests.Security;

/// <summary>Ids are handles: nobody can guess one.</summary>
public sealed class IdTests
{
    [Fact]
    public void Ids_DoNotRepeatAndUseAllOfTheirRoom()
    {
        Func<string>[] kinds = [ObjectId.NewAssistant, ObjectId.NewThread, ObjectId.NewMessage, ObjectId.NewRun, ObjectId.NewStep, ObjectId.NewCall, ObjectId.NewFile, ObjectId.NewVectorStore];
        var count = Effort.Of(10_000, 1_000_000);

        foreach (var kind in kinds)
        {
            var ids = new HashSet<string>(count, StringComparer.Ordinal);
            var seen = new HashSet<char>[kind().Length];
            for (var number = 0; number < count; number++)
            {
                var id = kind();
                Assert.True(ids.Add(id), id);
                for (var place = 0; place < id.Length; place++)
                {
                    (seen[place] ??= []).Add(id[place]);
                }
            }

            // A place that has always the same letter is the prefix; in all others each letter comes up.
            var bits = seen.Where(letters => letters.Count > 1).Sum(letters => Math.Log2(letters.Count));
            Assert.True(bits >= 128, $"{kind()}: {bits:0} bits");
        }
    }
}
