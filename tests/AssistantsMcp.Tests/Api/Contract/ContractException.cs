namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>The application sent what its contract does not allow.</summary>
/// <param name="what">Which answer or event.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="body">The whole of it.</param>
public sealed class ContractException(string what, IEnumerable<string> faults, string body)
    : Exception($"{what}:\n  {string.Join("\n  ", faults)}\n{body}");
