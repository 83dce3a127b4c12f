namespace AssistantsMcp.Engine.Models;

/// <summary>A message holds something that this model server cannot be given. The message is written for callers: cause, then remedy.</summary>
internal sealed class InputException : Exception
{
    private const string Remedy = "Send the image itself, as an image_url with a data URL (data:image/png;base64,…).";

    private InputException(string message)
        : base(message)
    {
    }

    public static InputException ImageByLink() => new($"The model server takes no images by link. {Remedy}");

    public static InputException NoImage(string fileId) => new($"The file '{fileId}' is no PNG, JPEG, GIF or WebP image. {Remedy}");

    public static InputException TooManyImages(long mebibytes) =>
        new($"The images that are named by file id are more than {mebibytes} MiB together. Send fewer or smaller ones, or leave older messages out with truncation_strategy.");

    public static InputException ImageById(string fileId, string cause) =>
        new($"The model server takes no images by file id, and the content of '{fileId}' {cause}. {Remedy}");
}
