import type { PictureFault } from "../../domain/media/ports.ts";
import { brandOf, readBoxes } from "./boxes.ts";

export type PictureType = "jpeg" | "png" | "webp" | "gif" | "avif" | "heic";

/** What the header of a picture claims, before decoding. `hasNoEnd`: a JPEG without an end marker. */
export type Inspection = { type: PictureType; width: number; height: number; hasNoEnd?: boolean } | {
  fault: PictureFault;
};

/** Decoded, at four bytes per pixel, they take 100 MB. */
export const MAX_PIXELS = 25_000_000;

/**
 * Determines a picture's type and size by its content and refuses other types, too many pixels, files that end early,
 * and PNG or WebP files with data after their end. (Cameras append previews and clips to JPEGs and HEICs; encoding
 * again drops them.) Only the decoder can tell whether a JPEG without an end marker is complete.
 */
export function inspectPicture(bytes: Uint8Array): Inspection {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (startsWith(bytes, [0xff, 0xd8, 0xff])) return bounded(inspectJpeg(bytes, view));
    if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return bounded(inspectPng(view));
    if (fourCharacters(view, 0) === "RIFF" && fourCharacters(view, 8) === "WEBP") {
      return bounded(inspectWebp(view));
    }
    if (["GIF87a", "GIF89a"].includes(fourCharacters(view, 0) + fourCharacters(view, 2).slice(2))) {
      return bounded(inspectGif(view));
    }
    const brand = brandOf(view);
    if (brand) return bounded(inspectBoxes(view, brand));
    const other = otherType(bytes, view);
    if (other) return { fault: other };
  } catch (error) {
    if (error instanceof RangeError) return { fault: "truncated" }; // a read beyond the end of the file
    throw error;
  }
  return { fault: "unknown_type" };
}

function bounded(inspection: Inspection): Inspection {
  if ("fault" in inspection) return inspection;
  const { width, height } = inspection;
  if (width === 0 || height === 0) return { fault: "undecodable" };
  return width * height > MAX_PIXELS ? { fault: "too_many_pixels" } : inspection;
}

/** Walks the segments of a JPEG (ITU-T T.81, annex B). */
function inspectJpeg(bytes: Uint8Array, view: DataView): Inspection {
  let size: { width: number; height: number } | null = null;
  for (let at = 2;;) {
    if (view.getUint8(at) !== 0xff) return { fault: "undecodable" };
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) { // padding
      at += 1;
    } else if (marker === 0xd9) { // end of image
      return size ? { type: "jpeg", ...size } : { fault: "undecodable" };
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) { // no payload
      at += 2;
    } else {
      const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
      if (isFrame) {
        if (size) return { fault: "undecodable" }; // a second frame could claim another size
        size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
        if (view.getUint8(at + 9) > 3) return { fault: "print_colours" };
      }
      at += 2 + view.getUint16(at + 2);
      if (marker === 0xda) {
        const end = endOfScan(bytes, at);
        if (end === null) return size ? { type: "jpeg", ...size, hasNoEnd: true } : { fault: "undecodable" };
        at = end;
      }
    }
  }
}

/**
 * Returns the end of a scan's compressed data: the next marker that is neither a stuffed byte nor a restart; null if
 * the file ends first.
 */
function endOfScan(bytes: Uint8Array, start: number): number | null {
  if (start >= bytes.length) throw new RangeError("There is no data.");
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) return null; // half of the end marker
    if (next !== 0x00 && next !== 0xff && !(next! >= 0xd0 && next! <= 0xd7)) return at;
  }
  return null;
}

function inspectPng(view: DataView): Inspection {
  if (fourCharacters(view, 12) !== "IHDR") return { fault: "undecodable" };
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  for (let at = 8;;) {
    const end = at + 12 + view.getUint32(at); // length, type, data, checksum
    if (end > view.byteLength) return { fault: "truncated" };
    if (fourCharacters(view, at + 4) === "IEND") {
      return end < view.byteLength ? { fault: "followed_by_other_data" } : { type: "png", ...size };
    }
    at = end;
  }
}

/** Reads the first chunk, which has the size (RFC 9649, section 2). */
function inspectWebp(view: DataView): Inspection {
  const end = 8 + view.getUint32(4, true);
  if (end > view.byteLength) return { fault: "truncated" };
  if (end < view.byteLength) return { fault: "followed_by_other_data" };
  const uint24 = (at: number) => view.getUint16(at, true) | view.getUint8(at + 2) << 16;
  switch (fourCharacters(view, 12)) {
    case "VP8X":
      if (view.getUint8(20) & 0x02) return { fault: "animated" };
      return { type: "webp", width: uint24(24) + 1, height: uint24(27) + 1 };
    case "VP8 ":
      return {
        type: "webp",
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { type: "webp", width: (bits & 0x3fff) + 1, height: (bits >> 14 & 0x3fff) + 1 };
    }
    default:
      return { fault: "undecodable" };
  }
}

/** Walks the blocks of a GIF to the end of the first frame, the only one that is used. */
function inspectGif(view: DataView): Inspection {
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const colours = (flags: number) => flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
  const skipBlocks = (at: number) => {
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    return at + 1;
  };
  for (let at = 13 + colours(view.getUint8(10));;) {
    const kind = view.getUint8(at);
    if (kind === 0x21) at = skipBlocks(at + 2);
    else if (kind !== 0x2c) return { fault: "undecodable" };
    else {
      const [left, top, width, height] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true));
      const fits = left! + width! <= size.width && top! + height! <= size.height;
      skipBlocks(at + 11 + colours(view.getUint8(at + 9)));
      return fits ? { type: "gif", ...size } : { fault: "undecodable" };
    }
  }
}

function inspectBoxes(view: DataView, brand: "avif" | "heic"): Inspection {
  const boxes = readBoxes(view, brand);
  if (!boxes) return { fault: "undecodable" };
  if (boxes.mostPixels > MAX_PIXELS) return { fault: "too_many_pixels" };
  return { type: brand, width: boxes.width, height: boxes.height };
}

/** Recognises common types of pictures that are not accepted, so that the refusal can name them. */
function otherType(bytes: Uint8Array, view: DataView): PictureFault | null {
  if (startsWith(bytes, [0x49, 0x49, 42, 0]) || startsWith(bytes, [0x4d, 0x4d, 0, 42])) return "tiff";
  if (startsWith(bytes, [0x42, 0x4d]) && view.getUint32(2, true) <= bytes.length) return "bmp";
  const start = new TextDecoder().decode(bytes.subarray(0, 1000));
  return /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/s.test(start) ? "svg" : null;
}

function startsWith(bytes: Uint8Array, signature: number[]): boolean {
  return signature.every((byte, at) => bytes[at] === byte);
}

function fourCharacters(view: DataView, at: number): string {
  return at + 4 > view.byteLength
    ? ""
    : String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}
