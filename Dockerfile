# syntax=docker/dockerfile:1

ARG SDK=10.0-noble
ARG RUNTIME=10.0-noble-chiseled

# 1. Build the native program, for the platform of the build machine.
FROM mcr.microsoft.com/dotnet/sdk:${SDK} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source

# Packages change less often than code: restored in a layer of their own.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY src/AssistantsMcp.Engine/AssistantsMcp.Engine.csproj src/AssistantsMcp.Engine/packages.aot.lock.json src/AssistantsMcp.Engine/
COPY src/AssistantsMcp/AssistantsMcp.csproj src/AssistantsMcp/packages.aot.lock.json src/AssistantsMcp/
RUN dotnet restore src/AssistantsMcp --locked-mode -p:PublishAot=true

COPY .editorconfig ./
COPY scripts/publish scripts/
COPY src src
RUN scripts/publish

# A folder for the data, empty; a new volume takes over its owner.
RUN mkdir /data

# 2. The program alone: no shell, no package manager, not root.
FROM mcr.microsoft.com/dotnet/runtime-deps:${RUNTIME}
COPY --from=build /source/artifacts/publish/ /app/
COPY --from=build --chown=$APP_UID:$APP_UID /data /data

# By this name the MCP registry knows that the image is that of server.json.
LABEL io.modelcontextprotocol.server.name="io.github.assistantsmcp/assistants-mcp"
# By its short name, which gives way to whatever the operator calls it.
ENV ASPNETCORE_URLS=http://+:8080 \
    DATABASE_URL="Data Source=/data/assistants.db"
WORKDIR /app
USER $APP_UID
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/app/AssistantsMcp", "healthcheck"]
ENTRYPOINT ["/app/AssistantsMcp"]
