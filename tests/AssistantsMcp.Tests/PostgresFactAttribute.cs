namespace AssistantsMcp.Tests;

/// <summary>A test that needs PostgreSQL; skipped where <c>TEST_POSTGRES</c> names none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() =>
        Skip = TestDatabase.Postgres is null ? "TEST_POSTGRES names no PostgreSQL database." : null;
}
