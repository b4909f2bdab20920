import { readBoxes } from "./boxes.ts";
import { type Chromaticities, type ColourSpace, fromGamma, fromNumbers, fromProfile } from "./colours.ts";
import type { PictureType } from "./inspect.ts";

/** The remaining steps after decoding a picture: its EXIF orientation (1 to 8) and its colour space. */
export type Showing = { orientation: number; colours: ColourSpace | null };

/**
 * The maximum size of a profile in bytes: those of phones and cameras have a few hundred, those of printers a
 * million.
 */
const LARGEST_PROFILE = 2_000_000;

/**
 * Reads orientation and colours from the metadata of each type of picture. Unreadable metadata counts as missing,
 * because the picture is what matters.
 */
export async function howToShow(type: PictureType, bytes: Uint8Array): Promise<Showing> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    switch (type) {
      case "jpeg":
        return { orientation: 1, colours: ofProfile(jpegProfile(bytes, view)) }; // the decoder has already rotated it
      case "png":
        return await ofPng(bytes, view);
      case "webp":
        return ofWebp(bytes, view);
      case "gif":
        return { orientation: 1, colours: null };
      case "avif":
      case "heic": {
        const boxes = readBoxes(view, type);
        const colours = ofProfile(boxes?.profile ?? null) ??
          (boxes?.coding ? fromNumbers(boxes.coding) : null);
        return { orientation: type === "avif" ? boxes?.orientation ?? 1 : 1, colours }; // HEIC is decoded upright
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return { orientation: 1, colours: null };
    throw error;
  }
}

const ofProfile = (profile: Uint8Array | null) => profile && fromProfile(profile);

/** Returns the profile in a JPEG's APP2 segments, which may be split into several. */
function jpegProfile(bytes: Uint8Array, view: DataView): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda;) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe2 && ascii(bytes, at + 4, 12) === "ICC_PROFILE\0") {
      pieces[view.getUint8(at + 16) - 1] = bytes.subarray(at + 18, at + 2 + length);
    }
    at += 2 + length;
  }
  if (pieces.length === 0 || Object.keys(pieces).length !== pieces.length) return null;
  return joined(pieces);
}

/** Reads a PNG's colours by the precedence of the PNG specification: cICP, iCCP, sRGB, gAMA with cHRM. */
async function ofPng(bytes: Uint8Array, view: DataView): Promise<Showing> {
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = ascii(bytes, at + 4, 4);
    if (!chunks.has(type) && type !== "IDAT") chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const exif = chunks.get("eXIf");
  const orientation = exif ? exifOrientation(exif) : 1;
  const numbers = chunks.get("cICP");
  if (numbers && numbers.length === 4) {
    return { orientation, colours: fromNumbers({ primaries: numbers[0]!, transfer: numbers[1]! }) };
  }
  const icc = chunks.get("iCCP");
  if (icc) {
    const profile = await inflated(icc.subarray(icc.indexOf(0) + 2));
    if (profile) return { orientation, colours: ofProfile(profile) };
  }
  const gamma = chunks.get("gAMA");
  if (chunks.has("sRGB") || !gamma || gamma.length !== 4) return { orientation, colours: null };
  const encoding = new DataView(gamma.buffer, gamma.byteOffset).getUint32(0) / 100_000;
  if (encoding < 0.1 || encoding > 2) return { orientation, colours: null };
  return { orientation, colours: fromGamma(encoding, chromaticities(chunks.get("cHRM"))) };
}

function chromaticities(chunk: Uint8Array | undefined): Chromaticities | null {
  if (chunk?.length !== 32) return null;
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  const points = [0, 8, 16, 24].map((at) => [view.getUint32(at) / 100_000, view.getUint32(at + 4) / 100_000]);
  return points.every(([x, y]) => x! > 0 && y! > 0 && x! + y! <= 1) ? points as Chromaticities : null;
}

function ofWebp(bytes: Uint8Array, view: DataView): Showing {
  const showing: Showing = { orientation: 1, colours: null };
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const type = ascii(bytes, at, 4);
    if (type === "ICCP") showing.colours = ofProfile(data);
    else if (type === "EXIF") showing.orientation = exifOrientation(data);
    at += 8 + length + length % 2;
  }
  return showing;
}

/** Returns the orientation in a TIFF directory, with or without `Exif` before it; 1 if there is none. */
function exifOrientation(exif: Uint8Array): number {
  const tiff = ascii(exif, 0, 4) === "Exif" ? exif.subarray(6) : exif;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const isLittle = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittle);
  for (let entry = view.getUint16(directory, isLittle); entry > 0; entry--) {
    const at = directory + 2 + (entry - 1) * 12;
    if (view.getUint16(at, isLittle) !== 0x0112) continue;
    const orientation = view.getUint16(at + 8, isLittle);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}

async function inflated(data: Uint8Array): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([data as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"));
    for await (const piece of stream) {
      length += piece.length;
      if (length > LARGEST_PROFILE) return null;
      pieces.push(piece);
    }
  } catch {
    return null; // the profile is damaged, not the picture
  }
  return joined(pieces);
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));
