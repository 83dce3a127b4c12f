using static AssistantsMcp.Faults.Checking.Forgery;

namespace AssistantsMcp.Faults.Checking;

/// <summary>Forged histories: the good one breaks no rule, and every rule can be broken.</summary>
public sealed class CheckerTests
{
    private const string Messages = "/v1/threads/thread_1/messages?order=asc&limit=2";
    private const string Runs = "/v1/threads/thread_1/runs?order=asc&limit=2";
    private const string Steps = "/v1/threads/thread_1/runs/run_1/steps?order=asc&limit=2";

    private static readonly string _question = Message("msg_1", "Question");
    private static readonly string _answer = Message("msg_2", "Whole.", run: "run_1");

    [Fact]
    public void GoodHistory_BreaksNoRule()
    {
        var history = Conversation()
            .Get("/v1/threads/thread_1/runs/run_1", Run("completed"))
            .Page(Messages, hasMore: true, _question, _answer)
            .List($"{Messages}&after=msg_2", Message("msg_3", "More"))
            .List(Runs, Run("completed"))
            .List(Steps, Step("step_1", "msg_2"));

        Assert.Empty(Checker.Violations(history.Entries));
    }

    [Fact]
    public void AcknowledgedObject_ThatIsNotFound() =>
        AssertBreaks("lost: msg_1", Conversation().Missing("/v1/threads/thread_1/messages/msg_1").List(Messages, _question, _answer));

    [Fact]
    public void AcknowledgedObject_ThatIsMissingInItsList() =>
        AssertBreaks("lost: msg_1", Conversation().List(Messages, _answer));

    [Fact]
    public void AcknowledgedObject_ThatNobodyLookedFor() =>
        AssertBreaks("unread: thread_2", Ended().Post("/v1/threads", """{"id":"thread_2","object":"thread"}"""));

    [Fact]
    public void AcknowledgedMessage_WithAnotherContent() =>
        AssertBreaks("changed: msg_1", Conversation().List(Messages, Message("msg_1", "Another question"), _answer));

    [Fact]
    public void Run_ThatNeverEnds() =>
        AssertBreaks("stuck: run_2", Ended().Post("/v1/threads/thread_1/runs", Run("queued", "run_2")).Get("/v1/threads/thread_1/runs/run_2", Run("in_progress", "run_2")));

    [Theory]
    [InlineData("in_progress")]
    [InlineData("cancelled")]
    public void Run_ThatEndsAndGoesOn(string later) =>
        AssertBreaks("twice ended: run_1", Ended().Get("/v1/threads/thread_1/runs/run_1", Run(later)));

    [Fact]
    public void Id_ThatIsGivenTwice() =>
        AssertBreaks("id given twice: msg_1", Conversation().Post("/v1/threads/thread_1/messages", _question).List(Messages, _question, _answer));

    [Fact]
    public void MarkedCreation_ThatIsRepeatedWithOneResult_BreaksNoRule()
    {
        var history = new Forgery()
            .Post("/v1/threads", """{"id":"thread_1","object":"thread"}""", idempotencyKey: "k")
            .Post("/v1/threads", """{"id":"thread_1","object":"thread"}""", idempotencyKey: "k")
            .Get("/v1/threads/thread_1", """{"id":"thread_1","object":"thread"}""");

        Assert.Empty(Checker.Violations(history.Entries));
    }

    [Fact]
    public void MarkedCreation_ThatMakesTwo()
    {
        var history = new Forgery()
            .Post("/v1/threads", """{"id":"thread_1","object":"thread"}""", idempotencyKey: "k")
            .Post("/v1/threads", """{"id":"thread_2","object":"thread"}""", idempotencyKey: "k")
            .Get("/v1/threads/thread_1", """{"id":"thread_1","object":"thread"}""")
            .Get("/v1/threads/thread_2", """{"id":"thread_2","object":"thread"}""");

        AssertBreaks("made twice: k", history);
    }

    [Fact]
    public void Message_ThatIsWrittenTwice() =>
        AssertBreaks("message twice", Ended().Page(Messages, hasMore: true, _question, _answer).List($"{Messages}&after=msg_2", Message("msg_3", "Whole.", run: "run_1")));

    [Fact]
    public void Step_ThatIsWrittenTwice() =>
        AssertBreaks("step twice", Ended().List(Steps, Step("step_1", "msg_2"), Step("step_2", "msg_2")));

    [Fact]
    public void List_ThatChangesItsOrder() =>
        AssertBreaks("order changed", Conversation().List(Messages, _answer, _question).List(Messages, _question, _answer).List(Runs, Run("completed")));

    [Fact]
    public void List_ThatIsReadBackwards_IsNoChange() =>
        Assert.Empty(Checker.Violations(Ended().List(Messages.Replace("asc", "desc", StringComparison.Ordinal), _answer, _question).Entries));

    [Fact]
    public void Page_ThatRepeatsAnObject() =>
        AssertBreaks("page repeats", Ended().Page(Messages, hasMore: true, _question, _answer).List($"{Messages}&after=msg_2", _answer));

    [Fact]
    public void Page_ThatMissesAnObject() =>
        AssertBreaks("page misses: msg_2", Ended().List(Messages, _question));

    [Fact]
    public void Model_ThatIsAskedTooOften() =>
        AssertBreaks("asked too often: text 1, turn 0, 3 times", Ended().Asked().Asked());

    [Fact]
    public void Run_ThatIsCompletedWithoutTheModelsEnd()
    {
        var history = new Forgery().Post("/v1/threads/thread_1/runs", Run("queued")).Asked().List(Runs, Run("completed"));

        AssertBreaks("completed too early: run_1", history);
    }

    [Fact]
    public void Run_ThatIsCompletedWithoutItsMessage() =>
        AssertBreaks("answer lost: run_1", Conversation().List(Runs, Run("completed")).List(Messages, _question));

    [Fact]
    public void PartOfAnAnswer_ThatIsCalledCompleted()
    {
        var history = new Forgery()
            .Post("/v1/threads/thread_1/runs", Run("queued"))
            .Asked()
            .List(Runs, Run("failed"))
            .List(Messages, Message("msg_2", "Who", run: "run_1"));

        AssertBreaks("partial text: msg_2", history);
    }

    [Fact]
    public void PartOfAnAnswer_ThatIsCalledIncomplete_BreaksNoRule()
    {
        var history = new Forgery()
            .Post("/v1/threads/thread_1/runs", Run("queued"))
            .Asked()
            .List(Runs, Run("failed"))
            .List(Messages, Message("msg_2", "Who", run: "run_1", status: "incomplete"));

        Assert.Empty(Checker.Violations(history.Entries));
    }

    /// <summary>A question and a run that answers it, before anybody looks.</summary>
    private static Forgery Conversation() => new Forgery()
        .Post("/v1/threads/thread_1/messages", _question)
        .Post("/v1/threads/thread_1/runs", Run("queued"))
        .Asked()
        .Answered("Whole.")
        .Get("/v1/threads/thread_1/runs/run_1", Run("completed"));

    /// <summary>The conversation as it is found afterwards.</summary>
    private static Forgery Ended() => Conversation().List(Messages, _question, _answer).List(Runs, Run("completed"));

    private static void AssertBreaks(string rule, Forgery history) =>
        Assert.Contains(Checker.Violations(history.Entries), violation => violation.StartsWith(rule, StringComparison.Ordinal));
}
