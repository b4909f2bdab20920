import { GifReader } from "omggif";

/** The first frame of a GIF, on a transparent ground: of what moves, the rest is left out. */
export function firstFrame(bytes: Uint8Array): ImageData {
  const reader = new GifReader(bytes);
  const picture = new ImageData(reader.width, reader.height);
  reader.decodeAndBlitFrameRGBA(0, picture.data);
  return picture;
}
