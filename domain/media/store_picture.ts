import { invalidField } from "../errors.ts";
import { pictureKey, type PictureKind, PICTURES } from "./picture_files.ts";
import type { Files, PictureFault, Pictures, Sender } from "./ports.ts";

type Deps = { pictures: Pictures; files: Pick<Files, "put">; randomName: () => string };

const ADVICE: Record<PictureFault, string> = {
  unknown_type:
    "This is no picture of a kind that can be taken: JPEG, PNG, WebP, GIF, AVIF or HEIC. Save it as one of them and send that.",
  bmp: "This is a BMP picture, which cannot be taken. Save it as PNG or JPEG and send that.",
  svg: "This is an SVG drawing, which cannot be taken. Save it as PNG and send that.",
  tiff:
    "This is a TIFF picture (or a camera's raw one), which cannot be taken. Save it as JPEG or PNG and send that.",
  too_many_pixels: "This picture has more than 25 million pixels. Make it smaller and send that.",
  truncated: "This picture is incomplete. Send it again.",
  followed_by_other_data:
    "This file contains something besides the picture. Save the picture again and send the new file.",
  animated: "This picture is animated. Send a still one.",
  print_colours: "This picture is in the colours of print (CMYK). Save it in RGB and send that.",
  undecodable: "This picture cannot be read; it may be damaged. Save it again and send the new file.",
};

/**
 * Stores an uploaded picture, encoded again in several sizes, and returns its key. Until the key is committed
 * somewhere, the files are orphans, which the sweep removes. Throws DomainError `invalid_input` naming the field if
 * it is not a picture, `too_many_requests` if too many pictures of the sender are waiting, `vendor_unavailable` if it
 * cannot be stored now.
 */
export async function storePicture(
  deps: Deps,
  { kind, bytes, sender }: { kind: PictureKind; bytes: Uint8Array; sender: Sender },
): Promise<{ key: string }> {
  const { field, maxBytes, ...plan } = PICTURES[kind];
  const refuse = (message: string) => invalidField(field, message);
  if (bytes.byteLength === 0) throw refuse("This file is empty.");
  if (bytes.byteLength > maxBytes) {
    throw refuse(`This file is too large: at most ${maxBytes / 1024 / 1024} MiB are accepted.`);
  }
  const encoded = await deps.pictures.encodeAnew(bytes, plan, sender);
  if ("fault" in encoded) throw refuse(ADVICE[encoded.fault]);
  const name = deps.randomName();
  await Promise.all(
    encoded.map((version) =>
      deps.files.put(pictureKey(kind, name, version), version.bytes, {
        contentType: version.contentType,
        readers: "everybody",
      })
    ),
  );
  return { key: pictureKey(kind, name, encoded[0]!) };
}
