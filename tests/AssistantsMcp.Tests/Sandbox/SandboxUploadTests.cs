using System.Text;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>Uploads in parts, which the sandbox puts together itself.</summary>
public sealed class SandboxUploadTests : SandboxStorageTests
{
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

    private async Task<WireAnswer> PartAsync(string uploadId, string content)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "data", "part" } };
        return await Caller.SendAsync(HttpMethod.Post, $"/uploads/{uploadId}/parts", form);
    }
}
