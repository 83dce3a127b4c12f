using System.ClientModel;
using AssistantsMcp.Engine.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using OpenAI.Files;
using OpenAI.VectorStores;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>The sandbox's own vector stores.</summary>
public sealed class SandboxVectorStoreTests : SandboxStorageTests
{
    private VectorStoreClient Stores => new(new ApiKeyCredential("sandbox"), new VectorStoreClientOptions { Endpoint = Endpoint });

    [Fact]
    public async Task VectorStore_LivesItsWholeLife()
    {
        OpenAIFile tides = await Files.UploadFileAsync(BinaryData.FromString("High water at six."), "tides.txt", FileUploadPurpose.Assistants);
        OpenAIFile winds = await Files.UploadFileAsync(BinaryData.FromString("Wind from the west."), "winds.txt", FileUploadPurpose.Assistants);

        VectorStore made = await Stores.CreateVectorStoreAsync(new VectorStoreCreationOptions
        {
            Name = "Harbour",
            FileIds = { tides.Id },
            Metadata = { ["watch"] = "morning" },
            ExpirationPolicy = new VectorStoreExpirationPolicy(VectorStoreExpirationAnchor.LastActiveAt, 7),
        });
        VectorStoreFile added = await Stores.AddFileToVectorStoreAsync(made.Id, winds.Id);
        VectorStore found = await Stores.GetVectorStoreAsync(made.Id);
        VectorStore modified = await Stores.ModifyVectorStoreAsync(made.Id, new VectorStoreModificationOptions { Name = "Pier" });
        var files = await Stores.GetVectorStoreFilesAsync(made.Id).ToListAsync();
        var stores = await Stores.GetVectorStoresAsync().ToListAsync();
        await Stores.RemoveFileFromVectorStoreAsync(made.Id, winds.Id);
        VectorStore left = await Stores.GetVectorStoreAsync(made.Id);
        VectorStoreDeletionResult deleted = await Stores.DeleteVectorStoreAsync(made.Id);

        Assert.Matches("^vs_[0-9a-f]{32}$", made.Id);
        Assert.Equal((VectorStoreStatus.Completed, 1, 18), (made.Status, made.FileCounts.Completed, made.UsageBytes));
        Assert.Equal((winds.Id, made.Id, VectorStoreFileStatus.Completed), (added.FileId, added.VectorStoreId, added.Status));
        Assert.Equal(("Harbour", 2, 2, 7, "morning"), (found.Name, found.FileCounts.Completed, found.FileCounts.Total, found.ExpirationPolicy.Days, found.Metadata["watch"]));
        Assert.Equal(("Pier", "morning"), (modified.Name, modified.Metadata["watch"]));
        Assert.Equal([winds.Id, tides.Id], files.Select(file => file.FileId));
        Assert.Equal(made.Id, Assert.Single(stores).Id);
        Assert.Equal((1, 18), (left.FileCounts.Total, left.UsageBytes));
        Assert.True(deleted.Deleted);
        (await Caller.GetAsync($"/vector_stores/{made.Id}")).AssertError(404, $"No vector store found with id '{made.Id}'.");
        (await Caller.GetAsync($"/vector_stores/{made.Id}/files/{tides.Id}")).AssertError(404, $"No file in the vector store found with id '{tides.Id}'.");
        Assert.Equal("High water at six.", (await Files.DownloadFileAsync(tides.Id)).Value.ToString());
    }

    [Fact]
    public async Task Batch_IsCompletedAtOnce()
    {
        var (text, picture) = ((await UploadAsync("Low water at noon.")).Id, (await UploadAsync([0xff, 0xd8, 0])).Id);
        VectorStore store = await Stores.CreateVectorStoreAsync();

        VectorStoreFileBatch batch = await Stores.AddFileBatchToVectorStoreAsync(store.Id, [text, picture]);
        VectorStoreFileBatch found = await Stores.GetVectorStoreFileBatchAsync(store.Id, batch.BatchId);
        var files = await Stores.GetVectorStoreFilesInBatchAsync(store.Id, batch.BatchId).ToListAsync();

        Assert.Equal((VectorStoreFileBatchStatus.Completed, 1, 1, 2), (found.Status, found.FileCounts.Completed, found.FileCounts.Failed, found.FileCounts.Total));
        Assert.Equal([picture, text], files.Select(file => file.FileId));
        Assert.Equal((VectorStoreFileStatus.Failed, "The sandbox searches text files (UTF-8) only."), (files[0].Status, files[0].LastError.Message));
    }

    [Fact]
    public async Task Search_FindsPassagesByTheirWords()
    {
        var (tides, winds) = ((await UploadAsync("High water at Lowestoft: six.", "tides.txt")).Id, (await UploadAsync("Wind at Lowestoft: west.", "winds.txt")).Id);
        var store = (await Caller.PostAsync("/vector_stores", $$"""{"file_ids":["{{tides}}","{{winds}}"]}""")).Ok().Id;
        await Caller.PostAsync($"/vector_stores/{store}/files/{tides}", """{"attributes":{"year":2026}}""");

        var found = await Caller.PostAsync($"/vector_stores/{store}/search", """{"query":"WATER Lowestoft"}""");
        var none = await Caller.PostAsync($"/vector_stores/{store}/search", """{"query":["fog"],"max_num_results":1}""");

        Assert.Equal(
            $$$"""{"object":"vector_store.search_results.page","search_query":["WATER Lowestoft"],"data":[{"file_id":"{{{tides}}}","filename":"tides.txt","score":1,"attributes":{"year":2026},"content":[{"type":"text","text":"High water at Lowestoft: six."}]},{"file_id":"{{{winds}}}","filename":"winds.txt","score":0.5,"attributes":{},"content":[{"type":"text","text":"Wind at Lowestoft: west."}]}],"has_more":false,"next_page":null}""",
            found.Ok().Text);
        Assert.Equal("[]", none.Ok()["data"]);
        Assert.Equal(
            """{"object":"vector_store.file_content.page","data":[{"type":"text","text":"High water at Lowestoft: six."}],"has_more":false,"next_page":null}""",
            (await Caller.GetAsync($"/vector_stores/{store}/files/{tides}/content")).Ok().Text);
    }

    [Fact]
    public async Task DeletedFile_LeavesItsVectorStores()
    {
        var (gone, stays) = ((await UploadAsync("one")).Id, (await UploadAsync("two")).Id);
        var store = (await Caller.PostAsync("/vector_stores", $$"""{"file_ids":["{{gone}}","{{stays}}","{{gone}}"]}""")).Ok().Id;

        (await Caller.DeleteAsync($"/files/{gone}")).Ok();

        Assert.Equal([stays], (await Caller.GetAsync($"/vector_stores/{store}/files")).Ids);
        Assert.Equal("""{"in_progress":0,"completed":1,"failed":0,"cancelled":0,"total":1}""", (await Caller.GetAsync($"/vector_stores/{store}"))["file_counts"]);
    }

    [Fact]
    public async Task UnknownFileOrStore_IsNotFound()
    {
        var store = (await Caller.PostAsync("/vector_stores")).Ok().Id;

        (await Caller.PostAsync("/vector_stores", """{"file_ids":["file-nobody"]}""")).AssertError(404, "No such File object: file-nobody", "id");
        (await Caller.PostAsync($"/vector_stores/{store}/files", """{"file_id":"file-nobody"}""")).AssertError(404, "No such File object: file-nobody", "id");
        (await Caller.PostAsync("/vector_stores/vs_nobody/files", """{"file_id":"file-nobody"}""")).AssertError(404, "No vector store found with id 'vs_nobody'.");
        (await Caller.GetAsync("/vector_stores/vs_nobody/files")).AssertError(404, "No vector store found with id 'vs_nobody'.");
        (await Caller.PostAsync("/vector_stores/vs_nobody/search", """{"query":"x"}""")).AssertError(404, "No vector store found with id 'vs_nobody'.");
        (await Caller.PostAsync($"/vector_stores/{store}/search", """{"query":"x","filters":{}}""")).AssertError(
            400, "The sandbox searches without filters. Leave 'filters' out.", "filters", "unsupported_value");
        (await Caller.PostAsync($"/vector_stores/{store}/file_batches", "{}")).AssertError(
            400, "Missing required parameter: 'file_ids'.", "file_ids", "missing_required_parameter");
        Assert.Equal([store], (await Caller.GetAsync("/vector_stores")).Ids);
    }

    [Fact]
    public async Task FileSearchStoreOfAThread_IsTheSandboxesOwn()
    {
        var file = (await UploadAsync("High water at six.")).Id;
        var thread = (await Caller.PostAsync("/threads", $$$"""{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["{{{file}}}"]}] } }}""")).Ok();
        var store = thread.Json.GetProperty("tool_resources").GetProperty("file_search").GetProperty("vector_store_ids")[0].GetString()!;
        var stores = App.App.Services.GetRequiredService<SandboxVectorStores>();
        var tenant = App.App.Services.GetRequiredService<Engine.Access.ServerSecret>().Tenant(Engine.Api.ApiKey.Sandbox);

        var hits = await stores.SearchAsync(tenant, [store, "vs_nobody"], "when is high water?", most: 5, threshold: 0, CancellationToken.None);

        Assert.Equal([file], (await Caller.GetAsync($"/vector_stores/{store}/files")).Ids);
        Assert.Equal((file, "High water at six."), (Assert.Single(hits).FileId, hits[0].Text));
        Assert.Empty(await stores.SearchAsync("another tenant", [store], "water", most: 5, threshold: 0, CancellationToken.None));
    }
}
