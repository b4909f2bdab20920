import { GifReader } from "omggif";

/** Decodes the first frame of a GIF on a transparent background; other frames are dropped. */
export function firstFrame(bytes: Uint8Array): ImageData {
  const reader = new GifReader(bytes);
  const picture = new ImageData(reader.width, reader.height);
  reader.decodeAndBlitFrameRGBA(0, picture.data);
  return picture;
}
