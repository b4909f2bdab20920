import type { PictureFault } from "../../domain/media/ports.ts";

/** What the header of a picture claims, before anything is decoded. */
export type Inspection = { type: "jpeg" | "png" | "webp"; width: number; height: number } | {
  fault: PictureFault;
};

/** Decoded, at four bytes each, they take 100 MB. */
const MAX_PIXELS = 25_000_000;

/**
 * Tells a picture's type and size by its content and refuses what is not worth decoding: other types, too many pixels,
 * files that end early, and PNG or WebP files that go on after their end. (Cameras append previews and clips to JPEGs;
 * encoding anew drops them.)
 */
export function inspectPicture(bytes: Uint8Array): Inspection {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (startsWith(bytes, [0xff, 0xd8, 0xff])) return bounded(inspectJpeg(bytes, view));
    if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return bounded(inspectPng(view));
    if (fourCharacters(view, 0) === "RIFF" && fourCharacters(view, 8) === "WEBP") {
      return bounded(inspectWebp(view));
    }
  } catch (error) {
    if (error instanceof RangeError) return { fault: "truncated" }; // it was read beyond its end
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

/** Walks the segments as ITU-T T.81, annex B, lays them out. */
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
      if (marker === 0xda) at = endOfScan(bytes, at);
    }
  }
}

/** Where the compressed data of a scan ends: at a marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0x00 && next !== 0xff && !(next! >= 0xd0 && next! <= 0xd7)) return at;
  }
  throw new RangeError("The scan has no end.");
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

/** Reads the first chunk, which tells the size (RFC 9649, section 2). */
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

function startsWith(bytes: Uint8Array, signature: number[]): boolean {
  return signature.every((byte, at) => bytes[at] === byte);
}

function fourCharacters(view: DataView, at: number): string {
  return at + 4 > view.byteLength
    ? ""
    : String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}
