using CsCheck;

namespace AssistantsMcp.Tests.Properties;

/// <summary>What a tenant can do.</summary>
internal enum Verb
{
    CreateAssistant,
    GetAssistant,
    ModifyAssistant,
    DeleteAssistant,
    ListAssistants,
    CreateThread,
    GetThread,
    ModifyThread,
    DeleteThread,
    ListThreads,
    CreateMessage,
    GetMessage,
    ModifyMessage,
    DeleteMessage,
    ListMessages,
    ListMessagesOfRun,
    CreateRun,
    StreamRun,
    GetRun,
    ModifyRun,
    SubmitOutputs,
    SubmitWrongOutputs,
    CancelRun,
    ListRuns,
    ListSteps,
}

/// <summary>One operation. The numbers choose among what is there by then, so that a shorter sequence still makes sense.</summary>
/// <param name="Verb">What is done.</param>
/// <param name="Tenant">By whom.</param>
/// <param name="First">Chooses the object, or the thread it is in.</param>
/// <param name="Second">Chooses the object in the thread, or the assistant of a run.</param>
/// <param name="Choice">Chooses the rest: texts, page sizes, cursors.</param>
internal sealed record Step(Verb Verb, int Tenant, int First, int Second, int Choice)
{
    private static readonly Gen<Verb> _verbs = Gen.Frequency(
        [.. Enum.GetValues<Verb>().Select(verb => (Weight(verb), Gen.Const(verb)))]);

    /// <summary>Sequences of three tenants' operations.</summary>
    public static readonly Gen<Step[]> Sequences =
        Gen.Select(_verbs, Gen.Int[0, 2], Gen.Int[0, 99], Gen.Int[0, 99], Gen.Int[0, 99], (verb, tenant, first, second, choice) => new Step(verb, tenant, first, second, choice))
            .Array[1, 300];

    /// <summary>Threads and what is in them make the most of it; what takes something away is rare.</summary>
    private static int Weight(Verb verb) => verb switch
    {
        Verb.DeleteAssistant or Verb.DeleteThread => 1,
        Verb.CreateMessage or Verb.CreateRun or Verb.StreamRun or Verb.SubmitOutputs or Verb.ListMessages => 6,
        _ => 3,
    };
}
