using System.ClientModel;
using System.Text;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OpenAI;
using OpenAI.Files;
using OpenAI.VectorStores;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>The sandbox's own files, uploads and vector stores. Its key is one tenant, so each test has an app of its own.</summary>
public sealed class SandboxFilesTests : IAsyncLifetime
{
    private readonly OpenApp _open = new();

    private WireCaller Caller => new(_open.App, "sandbox");

    private Uri Endpoint => new(_open.App.Http.BaseAddress!, "v1");

    private OpenAIFileClient Files => new(new ApiKeyCredential("sandbox"), new OpenAIClientOptions { Endpoint = Endpoint });

    private VectorStoreClient Stores => new(new ApiKeyCredential("sandbox"), new VectorStoreClientOptions { Endpoint = Endpoint });

    public Task InitializeAsync() => _open.InitializeAsync();

    public Task DisposeAsync() => _open.DisposeAsync();

    [Fact]
    public async Task File_LivesItsWholeLife()
    {
        OpenAIFile uploaded = await Files.UploadFileAsync(BinaryData.FromString("High water at six."), "tides.txt", FileUploadPurpose.Assistants);
        OpenAIFile found = await Files.GetFileAsync(uploaded.Id);
        BinaryData content = await Files.DownloadFileAsync(uploaded.Id);
        OpenAIFileCollection listed = await Files.GetFilesAsync(FilePurpose.Assistants);
        OpenAIFileCollection others = await Files.GetFilesAsync(FilePurpose.Vision);
        FileDeletionResult deleted = await Files.DeleteFileAsync(uploaded.Id);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => Files.GetFileAsync(uploaded.Id));

        Assert.Equal(("tides.txt", 18, FilePurpose.Assistants), (found.Filename, found.SizeInBytes, found.Purpose));
        Assert.Equal("High water at six.", content.ToString());
        Assert.Equal(uploaded.Id, Assert.Single(listed).Id);
        Assert.Empty(others);
        Assert.True(deleted.Deleted);
        Assert.Equal(404, gone.Status);
        (await Caller.GetAsync($"/files/{uploaded.Id}/content")).AssertError(404, $"No such File object: {uploaded.Id}", "id");
        (await Caller.DeleteAsync($"/files/{uploaded.Id}")).AssertError(404, $"No such File object: {uploaded.Id}", "id");
    }

    [Fact]
    public async Task Upload_IsChecked()
    {
        (await Caller.PostAsync("/files", "{}")).AssertError(
            400, "We could not parse the multipart form data of your request. Expected the content type 'multipart/form-data' with the fields 'file' and 'purpose'.");
        (await UploadAsync("x", purpose: "")).AssertError(400, "Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter");
        (await UploadAsync("x", purpose: "assistants_output")).AssertError(
            400,
            "Invalid value: 'assistants_output'. Supported values are: 'assistants', 'batch', 'fine-tune', 'vision', 'user_data', and 'evals'.",
            "purpose",
            "invalid_value");
        (await UploadAsync(new byte[(32 * 1024 * 1024) + 1])).AssertError(
            413, "The file is too large. Expected at most 33554432 bytes.", "file", "file_too_large");
        using var none = new MultipartFormDataContent { { new StringContent("assistants"), "purpose" } };
        (await Caller.SendAsync(HttpMethod.Post, "/files", none)).AssertError(400, "Missing required parameter: 'file'.", "file", "missing_required_parameter");
        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"", Encoding.UTF8);
        broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
        Assert.Equal(400, (int)(await Caller.SendAsync(HttpMethod.Post, "/files", broken)).Status);
        using var foreign = new MultipartFormDataContent { { new StringContent("assistants") { Headers = { ContentType = new("text/plain", "utf-7") } }, "purpose" } };
        (await Caller.SendAsync(HttpMethod.Post, "/files", foreign)).AssertError(
            400, "We could not parse the multipart form data of your request. Expected the content type 'multipart/form-data' with the fields 'file' and 'purpose'.");
        Assert.Empty((await Caller.GetAsync("/files")).Ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FormAroundAFile_IsLimitedToo(bool isChunked)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:FileBytes=32768"]);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("assistants"), "purpose" },
            { new ByteArrayContent(new byte[1024]), "file", "a.txt" },
        };
        for (var count = 0; count < 6; count++)
        {
            form.Add(new ByteArrayContent(new byte[32768]), $"more{count}", "b.txt");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.TransferEncodingChunked = isChunked;
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sandbox");
        using var response = await app.Http.SendAsync(request);

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Contains("\"code\":\"file_too_large\"", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task LargestFile_Fits()
    {
        var file = (await UploadAsync(new byte[32 * 1024 * 1024])).Ok();

        Assert.Equal("33554432", file["bytes"]);
    }

    [Fact]
    public async Task Sandbox_HasRoomFor256MiB()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:FileBytes=536870912"]);
        var caller = new WireCaller(app, "sandbox");

        (await caller.PostAsync("/uploads", """{"filename":"a","purpose":"assistants","bytes":268435457,"mime_type":"text/plain"}""")).AssertError(
            400, "The sandbox holds at most 268435456 bytes of files. Delete some first, or use a real API key.", code: "sandbox_full");
        (await caller.PostAsync("/uploads", """{"filename":"a","purpose":"assistants","bytes":268435456,"mime_type":"text/plain"}""")).Ok();
    }

    [Fact]
    public async Task FullSandbox_SaysSo()
    {
        await using var app = await TestApp.StartAsync(
            ["Sandbox:Enabled=true"], builder => builder.Services.AddSingleton(new SandboxRoom(MostBytes: 8)));
        var caller = new WireCaller(app, "sandbox");
        var first = (await UploadAsync(caller, "four"u8.ToArray())).Ok().Id;
        (await UploadAsync(caller, "more"u8.ToArray())).Ok();

        (await UploadAsync(caller, "x"u8.ToArray())).AssertError(
            400, "The sandbox holds at most 8 bytes of files. Delete some first, or use a real API key.", code: "sandbox_full");
        (await caller.DeleteAsync($"/files/{first}")).Ok();
        (await UploadAsync(caller, "x"u8.ToArray())).Ok();
    }

    [Fact]
    public async Task FilenameWithAPath_KeepsItsNameOnly()
    {
        var file = (await UploadAsync("x", name: "../../etc/passwd")).Ok();

        Assert.Equal("\"passwd\"", file["filename"]);
    }

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
    public void LongText_IsCutIntoPassagesBetweenWords()
    {
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(number => $"word{number}")) + new string('x', 4000) + "🙂";

        var passages = SandboxSearch.Passages(text).ToList();

        Assert.Equal(text, string.Concat(passages));
        Assert.All(passages, passage => Assert.InRange(passage.Length, 1, 3200));
        Assert.All(passages.Take(3), passage => Assert.EndsWith(" ", passage, StringComparison.Ordinal));
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
    public async Task UploadInParts_BecomesAFile()
    {
        var upload = (await Caller.PostAsync("/uploads", """{"filename":"a.txt","purpose":"assistants","bytes":6,"mime_type":"text/plain"}""")).Ok();
        var (first, second) = ((await PartAsync(upload.Id, "abc")).Ok(), (await PartAsync(upload.Id, "def")).Ok());
        var complete = $"/uploads/{upload.Id}/complete";

        (await Caller.PostAsync("/uploads", """{"filename":"a","purpose":"assistants","bytes":33554433,"mime_type":"text/plain"}""")).AssertError(
            413, "The file is too large. Expected at most 33554432 bytes.", "file", "file_too_large");
        (await Caller.PostAsync(complete, $$"""{"part_ids":["{{first.Id}}"]}""")).AssertError(
            400, "The parts have 3 bytes in all, but the upload was created for 6. Name all parts, in their order.", "part_ids", "invalid_value");
        (await Caller.PostAsync(complete, """{"part_ids":["part_nobody"]}""")).AssertError(404, "No part found with id 'part_nobody'.");
        (await Caller.PostAsync(complete, $$"""{"part_ids":["{{first.Id}}","{{second.Id}}"],"md5":"00"}""")).AssertError(
            400, "The parts do not have the checksum in 'md5'. Send them again, and name them in their order.", "md5", "invalid_value");
        var done = (await Caller.PostAsync(complete, $$"""{"part_ids":["{{second.Id}}","{{first.Id}}"],"md5":"3D43648E11815C5DED9F8578896BA454"}""")).Ok();

        var file = done.Json.GetProperty("file").GetProperty("id").GetString();
        Assert.Equal(("\"pending\"", "\"completed\""), (upload["status"], done["status"]));
        Assert.Equal("defabc", (await Caller.GetAsync($"/files/{file}/content")).Ok().Text);
        (await PartAsync(upload.Id, "x")).AssertError(400, $"Upload {upload.Id} is completed: only a pending upload can be changed.");
    }

    [Fact]
    public async Task CancelledUpload_IsOver()
    {
        var upload = (await Caller.PostAsync("/uploads", """{"filename":"a","purpose":"vision","bytes":1,"mime_type":"image/png"}""")).Ok().Id;
        var part = (await PartAsync(upload, "x")).Ok().Id;

        var cancelled = await Caller.PostAsync($"/uploads/{upload}/cancel");

        Assert.Equal("\"cancelled\"", cancelled.Ok()["status"]);
        (await Caller.PostAsync($"/uploads/{upload}/complete", $$"""{"part_ids":["{{part}}"]}""")).AssertError(
            400, $"Upload {upload} is cancelled: only a pending upload can be changed.");
    }

    [Fact]
    public async Task ExpiredUpload_GivesItsRoomBack_HoweverManyFollowed()
    {
        const string Wanted = """{"filename":"a","purpose":"assistants","bytes":4,"mime_type":"text/plain"}""";
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(OpenApp.Now));
        await using var app = await TestApp.StartAsync(
            ["Sandbox:Enabled=true"],
            builder => builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(new SandboxRoom(MostBytes: 7)));
        var caller = new WireCaller(app, "sandbox");
        var left = (await caller.PostAsync("/uploads", Wanted)).Ok().Id;
        using var part = new MultipartFormDataContent { { new ByteArrayContent("four"u8.ToArray()), "data", "part" } };
        (await caller.SendAsync(HttpMethod.Post, $"/uploads/{left}/parts", part)).Ok();
        var tenant = app.App.Services.GetRequiredService<Engine.Access.ServerSecret>().Tenant(Engine.Api.ApiKey.Sandbox);
        await app.App.Services.GetRequiredService<Store>().WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                var body = Encoding.UTF8.GetBytes($$"""{"id":"","bytes":1,"created_at":1,"filename":"a","purpose":"vision","status":"completed","expires_at":{{OpenApp.Now + 7200}}}""");
                for (var count = 0; count < 1000; count++)
                {
                    await write.InsertAsync(tenant, new NewObject(Kind.Upload, $"upload_{count}", body));
                }
            },
            CancellationToken.None);

        (await caller.PostAsync("/uploads", Wanted)).AssertError(
            400, "The sandbox holds at most 7 bytes of files. Delete some first, or use a real API key.", code: "sandbox_full");
        clock.Advance(TimeSpan.FromHours(1));
        (await caller.PostAsync("/uploads", Wanted)).Ok();

        (await caller.PostAsync($"/uploads/{left}/cancel")).AssertError(404, $"No upload found with id '{left}'.");
    }

    [Fact]
    public async Task FileSearchStoreOfAThread_IsTheSandboxesOwn()
    {
        var file = (await UploadAsync("High water at six.")).Id;
        var thread = (await Caller.PostAsync("/threads", $$$"""{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["{{{file}}}"]}] } }}""")).Ok();
        var store = thread.Json.GetProperty("tool_resources").GetProperty("file_search").GetProperty("vector_store_ids")[0].GetString()!;
        var stores = _open.App.App.Services.GetRequiredService<SandboxVectorStores>();
        var tenant = _open.App.App.Services.GetRequiredService<Engine.Access.ServerSecret>().Tenant(Engine.Api.ApiKey.Sandbox);

        var hits = await stores.SearchAsync(tenant, [store, "vs_nobody"], "when is high water?", most: 5, threshold: 0, CancellationToken.None);

        Assert.Equal([file], (await Caller.GetAsync($"/vector_stores/{store}/files")).Ids);
        Assert.Equal((file, "High water at six."), (Assert.Single(hits).FileId, hits[0].Text));
        Assert.Empty(await stores.SearchAsync("another tenant", [store], "water", most: 5, threshold: 0, CancellationToken.None));
    }

    [Fact]
    public async Task Files_SurviveARestart()
    {
        var file = (await UploadAsync("kept")).Id;
        await using var second = await TestApp.StartAsync(
            ["Access:Mode=open", "Sandbox:Enabled=true", .. _open.App.Database.Settings]);

        Assert.Equal("kept", (await new WireCaller(second, "sandbox").GetAsync($"/files/{file}/content")).Ok().Text);
    }

    private Task<WireAnswer> UploadAsync(string content, string name = "a.txt", string purpose = "assistants") =>
        UploadAsync(Encoding.UTF8.GetBytes(content), name, purpose);

    private Task<WireAnswer> UploadAsync(byte[] content, string name = "a.txt", string purpose = "assistants") =>
        UploadAsync(Caller, content, name, purpose);

    private static async Task<WireAnswer> UploadAsync(WireCaller caller, byte[] content, string name = "a.txt", string purpose = "assistants")
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(content), "file", name } };
        return await caller.SendAsync(HttpMethod.Post, "/files", form, beta: null);
    }

    private async Task<WireAnswer> PartAsync(string uploadId, string content)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "data", "part" } };
        return await Caller.SendAsync(HttpMethod.Post, $"/uploads/{uploadId}/parts", form);
    }
}
